"""T5's prompt embeddings are those of diffusers' pipelines: trap 13, how many tokens and whether T5 sees the mask."""

from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from diffusers import LTXConditionPipeline, LTXPipeline
from sentencepiece import SentencePieceProcessor
from transformers import T5EncoderModel, T5TokenizerFast

from render_engine.checkpoints.text_encoder_files import load_t5_encoder
from render_engine.models.t5_encoder import ORIGINAL, T5Settings
from tests.parity.pairs import Parity
from tests.parity.t5_folder import save_t5_folder

LIMIT = 1e-6
PROMPT, NEGATIVE = "a red sailboat at night, seen from the old harbour", "worst quality, blurry, jittery"
LONG = "a dog runs through snow in a forest at night " * 30
LTX_PIPELINE = T5Settings(num_tokens=128, masks_padding=False)


class Model(NamedTuple):
    folder: Path
    parts: dict[str, object]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The folder, and what diffusers' pipelines are made of when they only read prompts."""
    folder = save_t5_folder(tmp_path_factory.mktemp("t5") / "model")
    parts = {
        "text_encoder": T5EncoderModel.from_pretrained(folder / "text_encoder"),
        "tokenizer": T5TokenizerFast.from_pretrained(folder / "tokenizer"),
    }
    return Model(folder, parts | dict.fromkeys(("scheduler", "vae", "transformer")))


@torch.no_grad()
def reference(pipeline, prompts):
    """Embeddings and masks: diffusers' own rows for the prompts, and below them those of the negative prompt."""
    embeds, mask, negative_embeds, negative_mask = pipeline.encode_prompt(
        prompts, [NEGATIVE] * len(prompts), device="cpu"
    )
    return torch.cat([embeds, negative_embeds]), torch.cat([mask, negative_mask])


def own(folder, prompts, settings):
    return load_t5_encoder(folder, settings=settings).encode([*prompts, *[NEGATIVE] * len(prompts)])


@pytest.mark.parametrize("prompts", [[PROMPT], [PROMPT, LONG, ""]], ids=["one", "several"])
@pytest.mark.parametrize(
    ("pipeline", "settings", "name"),
    [
        (LTXConditionPipeline, ORIGINAL, "LTX-Video 0.9.5 / T5, 256 tokens, padding masked"),
        (LTXPipeline, LTX_PIPELINE, "LTX-Video 0.9.0 / T5, 128 tokens, padding read"),
    ],
)
def test_prompt_embeddings_are_the_reference_s(parity, model, prompts, pipeline, settings, name):
    expected, expected_mask = reference(pipeline(**model.parts), prompts)
    embeds, mask = own(model.folder, prompts, settings)
    assert torch.equal(mask, expected_mask)
    parity(name, expected, embeds, LIMIT)


def test_the_tokens_are_sentencepiece_s_own(model):
    """The library builds its tokenizer anew from the published model; here the published reader reads it."""
    pieces = SentencePieceProcessor(model_file=str(model.folder / "tokenizer" / "spiece.model"))
    tokenizer = load_t5_encoder(model.folder)._tokenizer
    for text in (PROMPT, NEGATIVE, "", "  two  spaces\tand ﬁne Ünïcode Ⅷ \n", "12:30 — “rain”"):
        assert tokenizer(text).input_ids == [*pieces.encode(text), tokenizer.eos_token_id]


def test_spaces_around_a_prompt_are_nothing_as_the_original_s_strip_has_it(model):
    encoder = load_t5_encoder(model.folder)
    assert torch.equal(encoder.encode([f" \n{PROMPT}\t "])[0], encoder.encode([PROMPT])[0])


def test_a_mask_that_t5_sees_breaks_parity_where_the_reference_shows_it_the_padding(model):
    expected = reference(LTXPipeline(**model.parts), [PROMPT])[0]
    embeds, mask = own(model.folder, [PROMPT], T5Settings(128, masks_padding=True))
    assert (embeds - expected)[mask].abs().max() > 1e5 * LIMIT


def test_a_mask_that_t5_does_not_see_breaks_parity_where_the_reference_has_it(model):
    expected = reference(LTXConditionPipeline(**model.parts), [PROMPT])[0]
    embeds, mask = own(model.folder, [PROMPT], T5Settings(256, masks_padding=False))
    assert (embeds - expected)[mask].abs().max() > 1e5 * LIMIT


@pytest.mark.parametrize(
    ("pipeline", "settings"),
    [(LTXConditionPipeline, T5Settings(128)), (LTXPipeline, T5Settings(256, masks_padding=False))],
)
def test_another_number_of_tokens_breaks_parity(model, pipeline, settings):
    with pytest.raises(AssertionError):
        Parity()(
            "shape", reference(pipeline(**model.parts), [PROMPT])[0], own(model.folder, [PROMPT], settings)[0], LIMIT
        )


def test_padding_that_t5_reads_makes_the_words_depend_on_its_length(model):
    """So 256 tokens cut to 128 are not the 128 of the reference; with the mask they are."""
    expected = reference(LTXPipeline(**model.parts), [PROMPT])[0]
    read = own(model.folder, [PROMPT], T5Settings(256, masks_padding=False))[0][:, :128]
    assert (read - expected).abs().max() > 1e4 * LIMIT
    (short, mask), (long, _) = (
        own(model.folder, [PROMPT], T5Settings(128)),
        own(model.folder, [PROMPT], T5Settings(256)),
    )
    torch.testing.assert_close(long[:, :128][mask], short[mask], atol=1e-5, rtol=0)

"""T5 behind the encoder's protocol: padding, memory, freeing, and a render that does not mind where the padding is."""

import gc
import weakref

import pytest
import torch

from render_engine.api.render import RenderRequest
from render_engine.api.values import RenderError
from render_engine.checkpoints.text_encoder_files import load_t5_encoder
from render_engine.models import t5_encoder
from render_engine.models.t5_encoder import T5Settings
from render_engine.models.transformer import VideoTransformer
from render_engine.models.vae import VideoVAE
from render_engine.models.vae_presets import TINY
from render_engine.pipelines.one_stage import one_stage
from render_engine.pipelines.parts import Parts, Watch
from render_engine.pipelines.render_loop import render_latents
from render_engine.presets import get_transformer_config
from tests.parity.t5_folder import WIDTH, save_t5_folder

PROMPT, NEGATIVE = "a red sailboat leaves the harbour", "worst quality, blurry"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_t5_folder(tmp_path_factory.mktemp("t5") / "model")


@pytest.fixture
def encoder(folder):
    return load_t5_encoder(folder, settings=T5Settings(num_tokens=32))


@pytest.fixture
def num_reads(encoder):
    """Tells how often the model itself was asked."""
    calls = []
    encoder._model.register_forward_hook(lambda *_: calls.append(1))
    return lambda: len(calls)


class PaddedInFront:
    """Another encoder's embeddings with their padding on the left, as Gemma's are."""

    def __init__(self, encoder, junk=None):
        self.encoder = encoder
        self.width = encoder.width
        self.junk = junk

    def encode(self, prompts):
        embeds, mask = self.encoder.encode(prompts)
        if self.junk is not None:
            embeds = embeds.masked_fill(~mask[..., None], self.junk)
        shifts = (~mask).sum(1).tolist()
        moved = [torch.roll(row, shift, 0) for row, shift in zip(embeds, shifts, strict=True)]
        masks = [torch.roll(row, shift, 0) for row, shift in zip(mask, shifts, strict=True)]
        return torch.stack(moved), torch.stack(masks)


def test_prompts_are_padded_on_the_right_to_the_fixed_length(encoder):
    embeds, mask = encoder.encode([PROMPT, ""])
    assert embeds.shape == (2, 32, WIDTH) == (2, 32, encoder.width)
    assert mask.dtype == torch.bool
    assert mask.sum(1).tolist()[1] == 1  # the end of the text alone
    assert torch.equal(mask, mask.sort(dim=1, descending=True).values)


def test_long_prompts_are_cut_and_still_end(encoder):
    _, mask = encoder.encode([PROMPT * 20])
    assert mask.all()
    assert encoder._tokenizer(PROMPT * 20, truncation=True, max_length=32).input_ids[-1] == 1


def test_the_settings_default_to_the_original_s():
    assert T5Settings() == T5Settings(num_tokens=256, masks_padding=True)


def test_a_prompt_s_bytes_do_not_depend_on_its_neighbours_or_on_memory(folder, encoder):
    alone = load_t5_encoder(folder, settings=encoder.settings).encode([PROMPT])
    beside = encoder.encode([NEGATIVE, PROMPT, ""])
    assert torch.equal(beside[0][1:2], alone[0])
    assert torch.equal(encoder.encode([PROMPT])[0], alone[0])


def test_a_prompt_is_read_once(encoder, num_reads):
    encoder.encode([PROMPT, NEGATIVE])
    encoder.encode(["a dog", NEGATIVE])
    assert num_reads() == 3


def test_what_is_returned_is_the_caller_s_to_change(encoder):
    first = encoder.encode([PROMPT])[0]
    expected = first.clone()
    first.zero_()
    assert torch.equal(encoder.encode([PROMPT])[0], expected)


def test_memory_is_bounded_and_forgets_what_was_asked_longest_ago(encoder, num_reads, monkeypatch):
    monkeypatch.setattr(t5_encoder, "MAX_REMEMBERED", 2)
    for prompt in ("one", NEGATIVE, "two", NEGATIVE, "three", NEGATIVE):
        encoder.encode([prompt])
    assert num_reads() == 4
    assert len(encoder._remembered) == 2
    encoder.encode(["one"])
    assert num_reads() == 5


def test_a_freed_encoder_lets_its_weights_go_and_knows_what_it_read(encoder):
    weights = weakref.ref(encoder._model)
    expected = encoder.encode([PROMPT])[0]
    encoder.free()
    gc.collect()
    assert weights() is None
    assert torch.equal(encoder.encode([PROMPT])[0], expected)
    with pytest.raises(RenderError, match="freed: load it again"):
        encoder.encode([NEGATIVE])


@pytest.fixture(scope="module")
def networks():
    torch.manual_seed(0)
    config = get_transformer_config("tiny").model_copy(update={"caption_channels": WIDTH})
    transformer = VideoTransformer(config).eval()
    with torch.no_grad():
        for name, parameter in transformer.named_parameters():
            parameter.normal_(std=0.15)
            if "_norm." in name:
                parameter.add_(1)
    return transformer, VideoVAE(TINY).eval()


def render(networks, encoder, prompt=PROMPT):
    parts = Parts(*networks, encoder)
    request = RenderRequest(
        prompt=prompt,
        negative_prompt=NEGATIVE,
        guidance_scale=3.0,
        width=64,
        height=32,
        num_frames=17,
        fps=8,
        seed=5,
        num_steps=3,
    )
    return render_latents(one_stage(request, (), parts), parts, Watch())


def test_a_guided_film_reads_its_negative_prompt_once(networks, encoder, num_reads):
    first, second = render(networks, encoder), render(networks, encoder, "a dog runs through snow")
    assert num_reads() == 3
    assert not torch.allclose(first, second, atol=1e-3)


def test_a_render_does_not_mind_on_which_side_the_padding_is(networks, encoder):
    torch.testing.assert_close(render(networks, PaddedInFront(encoder)), render(networks, encoder), atol=1e-5, rtol=0)


def test_what_stands_in_the_padding_is_never_read_by_the_transformer(networks, encoder):
    quiet, loud = (
        render(networks, PaddedInFront(encoder, junk=0.0)),
        render(networks, PaddedInFront(encoder, junk=50.0)),
    )
    assert torch.equal(quiet, loud)

"""The transformer's sizes and flags: one class for the house model, LTX-Video 0.9.x and the video stream of LTX-2."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

RopeLayout = Literal["interleaved", "split"]
PositionAnchor = Literal["start", "middle"]


class TransformerConfig(BaseModel):
    """The transformer's sizes and flags; the defaults are LTX-Video's from 0.9.5 on.

    `positional_embedding_max_pos` is in seconds, pixels down, pixels across. `causal_temporal_positioning` and
    `position_anchor` tell whoever makes positions what a token's place is (`render_engine.shapes.positions`); the
    network itself takes positions as they come.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    num_layers: int = Field(gt=0)
    num_attention_heads: int = Field(gt=0)
    attention_head_dim: int = Field(gt=0, multiple_of=2)
    in_channels: int = Field(gt=0)
    out_channels: int = Field(gt=0)
    cross_attention_dim: int = Field(gt=0)
    caption_channels: int = Field(gt=0)
    """The width of caption embeddings before the projection; without a projection it says nothing."""
    norm_eps: float = 1e-6
    qk_norm_eps: float = 1e-5
    """LTX-2 has 1e-6."""
    positional_embedding_theta: float = 10_000.0
    positional_embedding_max_pos: tuple[float, float, float] = (20, 2048, 2048)
    causal_temporal_positioning: bool = True
    """Latent frame 0 stands for one frame: off in LTX-Video 0.9.0 and 0.9.1."""
    timestep_scale_multiplier: float = 1000.0
    preconditioned: bool = False
    """The house's own: the network predicts what the channels' deviations alone do not tell."""

    guided: bool = False
    """The house's own: a drawing's latents may stand beside each token (`models.guide`)."""

    position_anchor: PositionAnchor = "start"
    """A token stands where its patch starts; in LTX-2, at its middle."""
    rope_layout: RopeLayout = "interleaved"
    """Which channels turn together: neighbours over the whole width, or (LTX-2) the two halves of each head."""
    rope_float64: bool = False
    """The rotary frequencies are computed in float64 and then rounded (LTX-2)."""
    cross_attn_norm: bool = False
    """An RMS norm before the caption is read (LTX-2)."""
    gated_attention: bool = False
    """Each head's output is scaled by twice a sigmoid of what asks (LTX-2.3)."""
    cross_attention_adaln: bool = False
    """The noise level also modulates the reading of the caption: question, answer, and the caption (LTX-2.3)."""
    prompt_adaln: bool = True
    """With `cross_attention_adaln`: the caption's modulation follows the noise level, else each block's is fixed."""
    caption_projection: bool = True
    """The caption is projected here; from LTX-2.3 on, the text encoder's connector does it."""
    ff_bias: bool = True
    """The feed-forward layers have biases: not in LTX-2.5."""
    keyframes_abs_pos_embedding: bool = False
    """A learnt vector marks the tokens of latent frames that stand for a single frame (LTX-2.5)."""

    @property
    def dim(self) -> int:
        """The width of all heads together."""
        return self.num_attention_heads * self.attention_head_dim

    @property
    def context_channels(self) -> int:
        """The width of the caption embeddings that the network is given."""
        return self.caption_channels if self.caption_projection else self.cross_attention_dim

    def pass_bytes(self, num_tokens: int, num_passes: int, item_bytes: int) -> int:
        """Activations of passes that run as one batch, at most, in bytes.

        At its widest a block holds about sixteen tensors of the stream's width, the feed-forward's eight among them,
        and its rotation ten in float32. Measured at 2B's width on a CPU: 0.6 to 0.9 of this.
        """
        return num_passes * num_tokens * self.dim * (16 * item_bytes + 10 * 4)

    @model_validator(mode="after")
    def _context_has_the_width_of_the_projection(self) -> "TransformerConfig":
        if self.cross_attention_dim != self.dim:
            raise ValueError(f"cross_attention_dim {self.cross_attention_dim} must equal heads x head size {self.dim}")
        return self

    @model_validator(mode="after")
    def _a_guide_is_scaled_by_the_deviations(self) -> "TransformerConfig":
        if self.guided and not self.preconditioned:
            raise ValueError("a guide is scaled by the latents' deviations: set preconditioned as well")
        return self

    @model_validator(mode="after")
    def _a_modulated_question_is_normalised(self) -> "TransformerConfig":
        if self.cross_attention_adaln and not self.cross_attn_norm:
            raise ValueError("cross_attention_adaln modulates a normalised stream: set cross_attn_norm as well")
        return self

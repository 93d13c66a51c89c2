"""The attribute reader's networks: one for how stills look, one for how frames move, and heads over both.

Convolutions throughout, where the critic attends; the two share no code.
Shape letters: B clips, S stills, F frames, N pictures of all clips, H and W rows and columns, C channels.
"""

from typing import NamedTuple

import torch
from pydantic import Field, field_validator, model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from render_engine.api.scene import ATTRIBUTES
from render_engine.api.values import Value

READ_ATTRIBUTES = ("subject", "setting", "hour", "weather", "style", "camera", "action", "colour")
"""What is read; the first seven are an adherence's."""
_CHANGE_GAIN = 4.0
_GREY = (0.299, 0.587, 0.114)


class ReaderConfig(Value):
    """What makes a reader: the stills and frames that it takes, and its networks' channels."""

    still_width: int = Field(default=256, ge=32)
    still_height: int = Field(default=144, ge=32)
    stills: tuple[int, ...] = (1, 6, 11)
    """Which of the frames are looked at as stills."""
    num_frames: int = Field(default=13, ge=3)
    window_seconds: float = Field(default=2.0, gt=0)
    look_channels: tuple[int, int, int, int] = (24, 48, 96, 160)
    move_channels: tuple[int, int, int] = (24, 40, 64)
    hidden: int = Field(default=256, ge=8)
    values: dict[str, tuple[str, ...]] = Field(
        default_factory=lambda: {name: ATTRIBUTES[name] for name in READ_ATTRIBUTES}
    )

    @field_validator("values")
    @classmethod
    def _in_order(cls, values: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """The vocabulary's order, which a file's metadata does not keep and the temperatures go by."""
        return {**{name: values[name] for name in READ_ATTRIBUTES if name in values}, **values}

    @model_validator(mode="after")
    def _has_its_stills(self) -> "ReaderConfig":
        if not self.stills or not all(0 <= still < self.num_frames for still in self.stills):
            raise ValueError(f"its stills {self.stills} are not among its {self.num_frames} frames")
        return self


class Views(NamedTuple):
    """A clip as it is read: a few large stills and many small frames, in [-1, 1]."""

    stills_BS3HW: Tensor
    frames_BF3HW: Tensor

    def to(self, device: torch.device) -> "Views":
        """The same on a device."""
        return Views(self.stills_BS3HW.to(device), self.frames_BF3HW.to(device))


class Read(NamedTuple):
    """Logits of every attribute (B, values); of the subject's place in every frame, then still: (B, F + S, H, W)."""

    logits: dict[str, Tensor]
    coverage_BFHW: Tensor


class Bottleneck(nn.Module):
    """Two normalised 3 x 3 convolutions on a residual."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm_first, self.norm_second = nn.GroupNorm(8, channels), nn.GroupNorm(8, channels)

    def forward(self, x_NCHW: Tensor) -> Tensor:
        """Refine features; the shape stays."""
        y_NCHW = F.relu(self.norm_first(self.first(x_NCHW)))
        return F.relu(x_NCHW + self.norm_second(self.second(y_NCHW)))


class Patches(nn.Module):
    """A convolution of patches of 4 x 4 pixels, where normalising would cost as much as all that follows."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels_in, channels_out, 4, stride=4)

    def forward(self, x_NCHW: Tensor) -> Tensor:
        """A sixteenth of the pixels."""
        return F.relu(self.conv(x_NCHW))


class Down(nn.Module):
    """A strided, normalised convolution."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels_in, channels_out, 3, stride=2, padding=1)
        self.norm = nn.GroupNorm(8, channels_out)

    def forward(self, x_NCHW: Tensor) -> Tensor:
        """Half the rows and columns, other channels."""
        return F.relu(self.norm(self.conv(x_NCHW)))


class Look(nn.Module):
    """Stills (N, 3, H, W) to what is seen everywhere and what is seen where the subject is: (N, features)."""

    def __init__(self, channels: tuple[int, int, int, int]) -> None:
        super().__init__()
        first, second, third, fourth = channels
        self.to_cells = nn.Sequential(
            Patches(3, first), Down(first, second), Bottleneck(second), Down(second, third), Bottleneck(third)
        )
        self.place = nn.Conv2d(third, 1, 1)
        self.near = nn.Sequential(Bottleneck(third))
        self.far = nn.Sequential(Down(third + 2, fourth), Bottleneck(fourth))
        self.num_features = fourth + 2 * third + 3

    def forward(self, stills_N3HW: Tensor) -> tuple[Tensor, Tensor]:
        """Features, and logits of where the subject is (N, rows, columns)."""
        cells_NCHW = self.to_cells(stills_N3HW.contiguous(memory_format=torch.channels_last))
        place_N1HW = self.place(cells_NCHW)
        near_NCHW = self.near(cells_NCHW)
        far_NCHW = self.far(with_places(cells_NCHW))
        found = pooled_at(near_NCHW, place_N1HW)
        features = torch.cat((far_NCHW.float().mean((2, 3)), near_NCHW.float().amax((2, 3)), found), 1)
        return features, place_N1HW[:, 0].float()


class Movement(nn.Module):
    """How all of a clip moves, and its subject: (B, features), by convolutions in space, then in time."""

    def __init__(self, channels: tuple[int, int, int]) -> None:
        super().__init__()
        first, second, third = channels
        self.to_cells = nn.ModuleList([Patches(3, first), Down(first + 2, second)])
        self.over_time = nn.ModuleList([nn.Conv2d(3 * size, size, 1) for size in (first, second)])
        self.place = nn.Conv2d(second, 1, 1)
        self.whole = Down(second + 2, third)
        size = third + second + 3
        self.course = nn.Sequential(
            nn.Conv1d(2 * size, 128, 3, padding=1), nn.ReLU(), nn.Conv1d(128, 128, 3, padding=1), nn.ReLU()
        )
        self.num_features = 2 * 128

    def forward(self, frames_BF3HW: Tensor) -> tuple[Tensor, Tensor]:
        """Features, and logits of where the subject is (B, F, rows, columns)."""
        batch, num_frames = frames_BF3HW.shape[:2]
        x_NCHW = changes(frames_BF3HW).flatten(0, 1).contiguous(memory_format=torch.channels_last)
        for number, (down, over_time) in enumerate(zip(self.to_cells, self.over_time, strict=True)):
            x_NCHW = down(with_places(x_NCHW) if number else x_NCHW)
            x_NCHW = x_NCHW + F.relu(over_time(_beside_neighbours(x_NCHW, num_frames)))
        place_N1HW = self.place(x_NCHW)
        everywhere = self.whole(with_places(x_NCHW)).float().mean((2, 3))
        course_BFC = torch.unflatten(torch.cat((everywhere, pooled_at(x_NCHW, place_N1HW)), 1), 0, (batch, num_frames))
        steps_BFC = torch.diff(course_BFC, dim=1, prepend=course_BFC[:, :1])
        told_BCF = self.course(torch.cat((course_BFC, _CHANGE_GAIN * steps_BFC), 2).transpose(1, 2)).float()
        features = torch.cat((told_BCF.mean(2), told_BCF.amax(2)), 1)
        return features, torch.unflatten(place_N1HW[:, 0].float(), 0, (batch, num_frames))


class ReaderNetwork(nn.Module):
    """Stills and frames, of the config's counts and sizes, to attributes."""

    def __init__(self, config: ReaderConfig) -> None:
        super().__init__()
        self.config = config
        self.look, self.movement = Look(config.look_channels), Movement(config.move_channels)
        num_features = self.look.num_features
        self.to_hidden = nn.Linear(3 * num_features + self.movement.num_features, config.hidden)
        self.heads = nn.ModuleDict(
            {name: nn.Linear(config.hidden + num_features, len(values)) for name, values in config.values.items()}
        )
        self.register_buffer("temperatures", torch.ones(len(config.values)))

    def forward(self, views: Views) -> Read:
        """Read clips; logits before their temperatures."""
        batch, num_stills = views.stills_BS3HW.shape[:2]
        looked, still_places = self.look(views.stills_BS3HW.flatten(0, 1))
        looked_BSC = torch.unflatten(looked, 0, (batch, num_stills))
        moved_BC, places_BFHW = self.movement(views.frames_BF3HW)
        mean_BC, first_BC, last_BC = looked_BSC.mean(1), looked_BSC[:, 0], looked_BSC[:, -1]
        everything_BC = torch.cat((mean_BC, looked_BSC.amax(1), last_BC - first_BC, moved_BC), 1)
        hidden_BC = torch.cat((F.relu(self.to_hidden(everything_BC)), mean_BC), 1)
        logits = {name: head(hidden_BC).float() for name, head in self.heads.items()}
        still_places_BSHW = torch.unflatten(still_places, 0, (batch, num_stills))
        return Read(logits, torch.cat((places_BFHW, still_places_BSHW), 1))

    def cooled(self, logits: dict[str, Tensor]) -> dict[str, Tensor]:
        """Logits at their temperatures, so that their softmax is calibrated."""
        temperatures = self.get_buffer("temperatures").float()
        return {name: logits[name] / temperatures[index] for index, name in enumerate(self.config.values)}


def changes(frames_BF3HW: Tensor) -> Tensor:
    """Each frame in grey, and its change from the frame before and to the frame after: (B, F, 3, H, W)."""
    weights = torch.tensor(_GREY, device=frames_BF3HW.device).view(3, 1, 1)
    grey_BF1HW = (frames_BF3HW * weights).sum(2, keepdim=True)
    step = _CHANGE_GAIN * (grey_BF1HW[:, 1:] - grey_BF1HW[:, :-1])
    none = torch.zeros_like(grey_BF1HW[:, :1])
    return torch.cat((grey_BF1HW, torch.cat((none, step), 1), torch.cat((step, none), 1)), 2)


def with_places(x_NCHW: Tensor) -> Tensor:
    """Two channels more: how far right and how far down a pixel is, from -1 to 1."""
    number, _, rows, columns = x_NCHW.shape
    down_HW = torch.linspace(-1, 1, rows, device=x_NCHW.device, dtype=x_NCHW.dtype)[:, None].expand(rows, columns)
    right_HW = torch.linspace(-1, 1, columns, device=x_NCHW.device, dtype=x_NCHW.dtype).expand(rows, columns)
    return torch.cat((x_NCHW, torch.stack((right_HW, down_HW)).expand(number, -1, -1, -1)), 1)


def pooled_at(x_NCHW: Tensor, place_N1HW: Tensor) -> Tensor:
    """Features where a thing is, where that is, and how much there is of it: (N, C + 3)."""
    share_N1HW = place_N1HW.float().sigmoid()
    amount_N1 = share_N1HW.sum((2, 3))
    placed_NCHW = with_places(x_NCHW.float())
    mean_NC = (placed_NCHW * share_N1HW).sum((2, 3)) / (amount_N1 + 1e-3)
    return torch.cat((mean_NC, amount_N1 / share_N1HW[0].numel()), 1)


def _beside_neighbours(x_NCHW: Tensor, num_frames: int) -> Tensor:
    x_BFCHW = torch.unflatten(x_NCHW, 0, (-1, num_frames))
    before, after = (
        x_BFCHW.roll(1, 1),
        x_BFCHW.roll(-1, 1),
    )  # the ends see each other: over one stretch, a harmless loop
    return torch.cat((before, x_BFCHW, after), 2).flatten(0, 1)

"""Weights of a twin as a low-rank adapter (LoRA: Hu et al., 2021) of FLUX.2 klein's transformer,
trained by flow matching (Lipman et al., 2023) on her photographs."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load as tensors
from safetensors.torch import save as as_bytes

from sosie.core.ports import Cancelled, Progress
from sosie.core.studio import Pixels, Stopped
from sosie.core.training import Trained, TrainingSettings, split
from sosie.engines.diffusers.pipeline import ADAPTER, as_picture, exactly, said_by, versions
from sosie.engines.diffusers.weights import Weights
from sosie.engines.diffusers.words import TRIGGER

MEASURES = 8
"""Draws of noise and time for each photograph that is held out; always the same ones."""
_ATTENTION = (
    r".*(attn\.(to_q|to_k|to_v|to_out\.0|to_qkv_mlp_proj)"
    r"|single_transformer_blocks.*attn\.to_out)$"
)
_Tensors = dict[str, torch.Tensor]


def train(
    pipeline: Any,
    weights: Weights,
    sized: Sequence[tuple[Pixels, tuple[int, int]]],
    settings: TrainingSettings,
    *,
    resume: bytes | None,
    keep: Callable[[bytes], None],
    progress: Progress,
    cancelled: Cancelled,
) -> Trained:
    """This function will train an adapter, and leave the pipeline as it was.

    ``sized`` are photographs, each with the width and height that it is learned at. Each step draws
    its photograph, noise and time from a generator of its own number, so that a resumed training
    goes on as if it had never stopped. Raises ``Stopped``.
    """
    transformer = pipeline.transformer
    with exactly(settings.seed):
        config = LoraConfig(
            r=settings.rank,
            lora_alpha=settings.rank,
            init_lora_weights="gaussian",
            target_modules=_ATTENTION,
        )
        transformer.add_adapter(config, adapter_name=ADAPTER)
        try:
            if pipeline._execution_device.type == "cuda":
                transformer.enable_gradient_checkpointing()
            learner = _Learner(pipeline, sized, settings)
            if resume is not None:
                learner.resume(resume)
            _loop(learner, settings, keep, progress, cancelled)
            return learner.finished(weights)
        finally:
            transformer.disable_gradient_checkpointing()
            transformer.delete_adapters(ADAPTER)


def _loop(
    learner: _Learner,
    settings: TrainingSettings,
    keep: Callable[[bytes], None],
    progress: Progress,
    cancelled: Cancelled,
) -> None:
    if learner.step == 0 and not learner.measured:
        learner.measure()
    while learner.step < settings.steps and not learner.done:
        if cancelled():
            raise Stopped(f"stopped after step {learner.step}; call again to go on")
        best = f"step {learner.step} of {settings.steps}, held out {learner.best:.4f}"
        progress(learner.step / settings.steps, best)
        learner.learn()
        if learner.step % settings.every == 0 or learner.step == settings.steps:
            learner.measure()
            keep(learner.checkpoint())
    progress(1.0, "trained")


class _Learner:
    """An adapter in training: its parameters, the optimizer, and the best that was measured."""

    def __init__(
        self,
        pipeline: Any,
        sized: Sequence[tuple[Pixels, tuple[int, int]]],
        settings: TrainingSettings,
    ) -> None:
        self._pipeline, self._settings = pipeline, settings
        self._parameters = {
            name: parameter
            for name, parameter in pipeline.transformer.named_parameters()
            if f".{ADAPTER}." in name
        }
        for parameter in self._parameters.values():
            parameter.data = parameter.data.float()
            parameter.requires_grad_(True)
        self._optimizer = torch.optim.AdamW(
            self._parameters.values(), lr=settings.learning_rate, foreach=False
        )
        with torch.no_grad():
            latents = [self._latent(photo, size) for photo, size in sized]
            self._words, self._word_ids = pipeline.encode_prompt(prompt=TRIGGER)
        self._learned, self._held_out = split(latents)
        self.step, self.measured = 0, 0
        self.first = self.best = math.inf
        self.best_step = self._stale = 0
        self._best: _Tensors = {}

    @property
    def done(self) -> bool:
        """Whether the last measures brought no new best."""
        return self._stale >= self._settings.patience

    def learn(self) -> None:
        """Take one step on one photograph."""
        chance = torch.Generator().manual_seed(self._settings.seed * 1_000_003 + self.step)
        place = int(torch.randint(len(self._learned), (1,), generator=chance))
        loss = self._loss(self._learned[place], chance)
        self._optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._parameters.values(), 1.0, foreach=False)
        self._optimizer.step()
        self.step += 1

    def measure(self) -> None:
        """Measure on what is held out, and remember the best."""
        losses = []
        with torch.no_grad():
            for number, latent in enumerate(self._held_out):
                for draw in range(MEASURES):
                    chance = torch.Generator().manual_seed(10**9 + number * MEASURES + draw)
                    losses.append(float(self._loss(latent, chance)))
        loss = sum(losses) / len(losses)
        self.first = loss if not self.measured else self.first
        self.measured += 1
        if loss < self.best:
            self.best, self.best_step, self._stale = loss, self.step, 0
            adapter = get_peft_model_state_dict(self._pipeline.transformer, adapter_name=ADAPTER)
            self._best = {name: value.detach().cpu().clone() for name, value in adapter.items()}
        else:
            self._stale += 1

    def checkpoint(self) -> bytes:
        """Return all that is needed to go on: no pickle."""
        head = _said(
            {
                "step": self.step,
                "measured": self.measured,
                "first": self.first,
                "best": self.best,
                "best_step": self.best_step,
                "stale": self._stale,
            }
        )
        kept: _Tensors = {f"best.{name}": value for name, value in self._best.items()}
        for name, parameter in self._parameters.items():
            state = self._optimizer.state[parameter]
            kept[f"now.{name}"] = parameter.detach().cpu()
            kept[f"mean.{name}"] = state["exp_avg"].cpu()
            kept[f"square.{name}"] = state["exp_avg_sq"].cpu()
        data: bytes = as_bytes({name: value.contiguous() for name, value in kept.items()}, head)
        return data

    def resume(self, checkpoint: bytes) -> None:
        """Go on from a checkpoint."""
        said, kept = said_by(checkpoint), tensors(checkpoint)
        self.step, self.measured = int(said["step"]), int(said["measured"])
        self.first, self.best = float(said["first"]), float(said["best"])
        self.best_step, self._stale = int(said["best_step"]), int(said["stale"])
        at = "best."
        self._best = {n.removeprefix(at): v for n, v in kept.items() if n.startswith(at)}
        for name, parameter in self._parameters.items():
            parameter.data.copy_(kept[f"now.{name}"])
            self._optimizer.state[parameter] = {
                "step": torch.tensor(float(self.step)),
                "exp_avg": kept[f"mean.{name}"].to(parameter.device),
                "exp_avg_sq": kept[f"square.{name}"].to(parameter.device),
            }

    def finished(self, weights: Weights) -> Trained:
        """Return the best weights, named as `load_lora_weights` reads them."""
        best = {f"transformer.{name}": value for name, value in self._best.items()}
        recipe = {
            "sosie": "twin-weights/1",
            "base": weights.digest,
            "settings": asdict(self._settings),
            "words": TRIGGER,
            "device": str(self._pipeline._execution_device),
            "versions": versions(),
        }
        metrics = {
            "held_out_before": self.first,
            "held_out_after": self.best,
            "steps": float(self.step),
            "best_step": float(self.best_step),
        }
        return Trained(as_bytes(best, _said(recipe)), weights.digest, metrics, recipe)

    def _latent(self, photo: Pixels, size: tuple[int, int]) -> torch.Tensor:
        """Return a photograph as the transformer sees it."""
        pipeline, vae = self._pipeline, self._pipeline.vae
        shown = pipeline.image_processor.preprocess(as_picture(photo, size))
        shown = shown.to(pipeline._execution_device, vae.dtype)
        latent = pipeline._patchify_latents(vae.encode(shown).latent_dist.mode())
        mean = vae.bn.running_mean.view(1, -1, 1, 1).to(latent)
        scale = torch.sqrt(vae.bn.running_var.view(1, -1, 1, 1) + vae.config.batch_norm_eps)
        normal: torch.Tensor = (latent - mean) / scale.to(latent)
        return normal

    def _loss(self, latent: torch.Tensor, chance: torch.Generator) -> torch.Tensor:
        """Return the mean square error of the flow from a photograph to noise."""
        pipeline = self._pipeline
        noise = torch.randn(latent.shape, generator=chance).to(latent)
        time = torch.rand(1, generator=chance).to(latent)
        mixed = (1 - time) * latent + time * noise
        ids = pipeline._prepare_latent_ids(latent).to(latent.device)
        flow = pipeline.transformer(
            hidden_states=pipeline._pack_latents(mixed),
            encoder_hidden_states=self._words,
            timestep=time,
            img_ids=ids,
            txt_ids=self._word_ids,
            guidance=None,
            return_dict=False,
        )[0]
        target = pipeline._pack_latents(noise - latent)
        loss: torch.Tensor = (flow.float() - target.float()).pow(2).mean()
        return loss


def _said(what: Mapping[str, Any]) -> dict[str, str]:
    """Return the head of a file. One entry: the writer keeps no order among several."""
    return {"sosie": json.dumps(what, sort_keys=True)}

"""Makes real F5-TTS and Vocos weights that are tiny and random: what the shipped files are, small.

`python tiny.py FOLDER` writes FOLDER/tiny.yaml, FOLDER/model.safetensors, FOLDER/vocos/config.yaml and
FOLDER/vocos/pytorch_model.bin, about 1.7 MB, and prints the model name for F5TTS_MODEL.
"""

import os
import sys
from importlib.resources import files
from pathlib import Path

import torch
from f5_tts.model import CFM, DiT
from f5_tts.model.utils import get_tokenizer
from omegaconf import OmegaConf
from safetensors.torch import save_file
from vocos import Vocos

ARCHITECTURE = {"dim": 64, "depth": 2, "heads": 2, "ff_mult": 2, "text_dim": 32, "conv_layers": 1}
VOCODER = {
    "feature_extractor": {
        "class_path": "vocos.feature_extractors.MelSpectrogramFeatures",
        "init_args": {
            "sample_rate": 24000,
            "n_fft": 1024,
            "hop_length": 256,
            "n_mels": 100,
            "padding": "center",
        },
    },
    "backbone": {
        "class_path": "vocos.models.VocosBackbone",
        "init_args": {"input_channels": 100, "dim": 32, "intermediate_dim": 64, "num_layers": 1},
    },
    "head": {
        "class_path": "vocos.heads.ISTFTHead",
        "init_args": {"dim": 32, "n_fft": 1024, "hop_length": 256, "padding": "center"},
    },
}


def make_weights(folder: Path) -> str:
    """Write the files into `folder`; the model name that makes F5TTS(model=...) read its config from there."""
    torch.manual_seed(0)
    shipped = Path(str(files("f5_tts").joinpath("configs/F5TTS_v1_Base.yaml")))
    config = OmegaConf.load(shipped)
    config.model.arch = OmegaConf.merge(config.model.arch, ARCHITECTURE)
    (folder / "vocos").mkdir(parents=True, exist_ok=True)
    OmegaConf.save(config, folder / "tiny.yaml")

    characters, size = get_tokenizer(str(files("f5_tts").joinpath("infer/examples/vocab.txt")), "custom")
    mel = {name: value for name, value in config.model.mel_spec.items() if name != "mel_spec_type"}
    model = CFM(
        transformer=DiT(**config.model.arch, text_num_embeds=size, mel_dim=100),
        mel_spec_kwargs=mel | {"mel_spec_type": "vocos"},
        vocab_char_map=characters,
    )
    # F5-TTS starts its output layer at zero; trained weights are not, and neither are these.
    for parameter in model.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.02)
    state = {f"ema_model.{name}": value.contiguous() for name, value in model.state_dict().items()}
    save_file(state, folder / "model.safetensors")
    # save_file writes 0600, and another user would be told that there is no such file.
    (folder / "model.safetensors").chmod(0o644)

    OmegaConf.save(OmegaConf.create(VOCODER), folder / "vocos/config.yaml")
    vocoder = Vocos.from_hparams(str(folder / "vocos/config.yaml"))
    torch.save(vocoder.state_dict(), folder / "vocos/pytorch_model.bin")
    return os.path.relpath(folder / "tiny", shipped.parent)


if __name__ == "__main__":
    sys.stdout.write(make_weights(Path(sys.argv[1])) + "\n")

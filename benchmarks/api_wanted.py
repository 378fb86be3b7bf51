"""What `api.py` looks up: the callables that Dockerfiles and handlers call, and the names they import."""

from __future__ import annotations

from typing import NamedTuple


class Callee(NamedTuple):
    """A dotted name (`pkg.Class`: its constructor). `names` are further ones it is called by, `makers` the class methods
    that give an instance too. `renamed`: what a keyword, also one that was only ever mistaken for another, is called instead.
    """

    name: str
    renamed: dict[str, str] = {}  # noqa: RUF012  never changed
    names: tuple[str, ...] = ()
    makers: tuple[str, ...] = ()


class Library(NamedTuple):
    """A distribution: the versions from `oldest` on. `names` are dotted names that came or went, with their successors;
    of `modules` everything that can be imported from them is written down.
    """

    distribution: str
    oldest: str
    calls: tuple[Callee, ...] = ()
    names: dict[str, str] = {}  # noqa: RUF012  never changed
    modules: tuple[str, ...] = ()


WITH_TOKEN = (
    *("snapshot_download", "hf_hub_download", "upload_file", "upload_folder", "create_repo", "model_info"),
    *("list_repo_files", "HfApi.snapshot_download", "HfApi.hf_hub_download", "HfApi.upload_file"),
    *("HfApi.upload_folder", "HfApi.create_repo", "HfApi.model_info", "HfApi.list_repo_files"),
)
WITHOUT_TOKEN = (
    *("hf_hub_url", "try_to_load_from_cache", "login", "logout", "HfApi", "scan_cache_dir"),
    "InferenceClient",
)
WANTED = (
    Library(
        "f5-tts",
        "0.3.1",
        (
            Callee(
                "f5_tts.api.F5TTS",
                {"model_type": "model", "local_path": "vocoder_local_path", "model_name": "model"},
            ),
            Callee("f5_tts.api.F5TTS.infer", {"file_spect": "file_spec"}),
            Callee("f5_tts.api.F5TTS.transcribe"),
            Callee("f5_tts.api.F5TTS.export_wav"),
            Callee("f5_tts.infer.utils_infer.load_vocoder"),
            Callee("f5_tts.infer.utils_infer.load_model"),
            Callee("f5_tts.infer.utils_infer.preprocess_ref_audio_text"),
            Callee("f5_tts.infer.utils_infer.infer_process"),
        ),
        modules=(
            "f5_tts.api",
            "f5_tts.model",
            "f5_tts.infer.utils_infer",
        ),
    ),
    Library(
        "huggingface-hub",
        "0.16.4",
        (
            *(Callee(f"huggingface_hub.{name}", {"use_auth_token": "token"}) for name in WITH_TOKEN),
            *(Callee(f"huggingface_hub.{name}") for name in WITHOUT_TOKEN),
        ),
        {
            "huggingface_hub.Repository": "huggingface_hub.snapshot_download",
            "huggingface_hub.cached_download": "huggingface_hub.hf_hub_download",
            "huggingface_hub.HfFolder": "huggingface_hub.get_token",
            "huggingface_hub.InferenceApi": "huggingface_hub.InferenceClient",
            "huggingface_hub.constants.HUGGINGFACE_HUB_CACHE": "huggingface_hub.constants.HF_HUB_CACHE",
            "huggingface_hub.utils.OfflineModeIsEnabled": "huggingface_hub.errors.OfflineModeIsEnabled",
            "huggingface_hub.hf_api.HfFolder": "huggingface_hub.get_token",
            "huggingface_hub.utils.HfFolder": "huggingface_hub.get_token",
            "huggingface_hub.utils.RepositoryNotFoundError": "huggingface_hub.errors.RepositoryNotFoundError",
            "huggingface_hub.utils.HfHubHTTPError": "huggingface_hub.errors.HfHubHTTPError",
            "huggingface_hub.get_token": "",
            "huggingface_hub.DatasetFilter": "",
            "huggingface_hub.ModelFilter": "",
            "huggingface_hub.interpreter_login": "huggingface_hub.login",
            "huggingface_hub.configure_http_backend": "huggingface_hub.set_client_factory",
        },
    ),
    Library(
        "faster-whisper",
        "0.5.0",
        (
            Callee("faster_whisper.WhisperModel"),
            Callee("faster_whisper.WhisperModel.transcribe"),
            Callee("faster_whisper.BatchedInferencePipeline"),
            Callee("faster_whisper.BatchedInferencePipeline.transcribe"),
            Callee("faster_whisper.download_model"),
        ),
        {"faster_whisper.BatchedInferencePipeline": "faster_whisper.WhisperModel"},
        modules=("faster_whisper",),
    ),
    Library(
        "whisperx",
        "3.1.0",
        (
            Callee("whisperx.asr.load_model", names=("whisperx.load_model",)),
            Callee("whisperx.alignment.load_align_model", names=("whisperx.load_align_model",)),
            Callee("whisperx.alignment.align", names=("whisperx.align",)),
            Callee(
                "whisperx.diarize.DiarizationPipeline",
                {"use_auth_token": "token"},
                ("whisperx.DiarizationPipeline",),
            ),
            Callee("whisperx.diarize.assign_word_speakers", names=("whisperx.assign_word_speakers",)),
        ),
        {"whisperx.DiarizationPipeline": "whisperx.diarize.DiarizationPipeline"},
        modules=(
            "whisperx",
            "whisperx.diarize",
        ),
    ),
    Library(
        "pyannote-audio",
        "2.0.1",
        (
            Callee(
                "pyannote.audio.Pipeline.from_pretrained",
                {"use_auth_token": "token", "checkpoint_path": "checkpoint"},
            ),
            Callee("pyannote.audio.Model.from_pretrained", {"use_auth_token": "token"}),
            Callee("pyannote.audio.Inference"),
        ),
        modules=("pyannote.audio",),
    ),
    Library(
        "sentence-transformers",
        "2.2.2",
        (
            Callee("sentence_transformers.SentenceTransformer"),
            Callee("sentence_transformers.SentenceTransformer.encode"),
            Callee("sentence_transformers.CrossEncoder", {"default_activation_function": "activation_fn"}),
            Callee("sentence_transformers.CrossEncoder.predict"),
        ),
        modules=("sentence_transformers",),
    ),
    Library(
        "chatterbox-tts",
        "0.1.0",
        tuple(
            Callee(f"chatterbox.{name}", makers=("from_pretrained", "from_local"))
            for owner in (
                "tts.ChatterboxTTS",
                "mtl_tts.ChatterboxMultilingualTTS",
                "vc.ChatterboxVC",
                "tts_turbo.ChatterboxTurboTTS",
            )
            for name in (f"{owner}.from_pretrained", f"{owner}.from_local", f"{owner}.generate")
        ),
        modules=(
            "chatterbox",
            "chatterbox.tts",
            "chatterbox.vc",
            "chatterbox.mtl_tts",
        ),
    ),
    *(
        Library(
            name,
            oldest,
            (Callee("TTS.api.TTS"), Callee("TTS.api.TTS.tts_to_file"), Callee("TTS.api.TTS.tts")),
        )
        for name, oldest in (("tts", "0.15.0"), ("coqui-tts", "0.24.0"))
    ),
    Library("kokoro", "0.7.0", (Callee("kokoro.KPipeline"), Callee("kokoro.KModel")), modules=("kokoro",)),
    Library(
        "runpod",
        "1.3.0",
        (
            Callee("runpod.serverless.start"),
            Callee("runpod.serverless.progress_update"),
            Callee(
                "runpod.serverless.utils.rp_download.download_files_from_urls",
                names=("runpod.serverless.utils.download_files_from_urls",),
            ),
            Callee(
                "runpod.serverless.utils.rp_upload.upload_file_to_bucket",
                names=("runpod.serverless.utils.upload_file_to_bucket",),
            ),
            Callee(
                "runpod.serverless.utils.rp_upload.upload_image",
                names=("runpod.serverless.utils.upload_image",),
            ),
            Callee(
                "runpod.serverless.utils.rp_upload.upload_in_memory_object",
                names=("runpod.serverless.utils.upload_in_memory_object",),
            ),
            Callee("runpod.serverless.utils.rp_validator.validate"),
        ),
        modules=(
            "runpod",
            "runpod.serverless.utils",
        ),
    ),
    Library(
        "easyocr",
        "1.6.2",
        (Callee("easyocr.Reader"), Callee("easyocr.Reader.readtext")),
        modules=("easyocr",),
    ),
    Library("ultralytics", "8.0.100", (Callee("ultralytics.YOLO"),)),
    Library(
        "realesrgan",
        "0.2.5",
        (Callee("realesrgan.RealESRGANer"), Callee("realesrgan.RealESRGANer.enhance")),
        modules=("realesrgan",),
    ),
    Library(
        "gfpgan", "1.3.0", (Callee("gfpgan.GFPGANer"), Callee("gfpgan.GFPGANer.enhance")), modules=("gfpgan",)
    ),
    Library(
        "silero-vad",
        "5.1",
        (Callee("silero_vad.load_silero_vad"), Callee("silero_vad.get_speech_timestamps")),
    ),
    Library("demucs", "4.0.0", (Callee("demucs.pretrained.get_model"), Callee("demucs.apply.apply_model"))),
    Library(
        "insightface",
        "0.7",
        (Callee("insightface.app.FaceAnalysis"), Callee("insightface.app.FaceAnalysis.prepare")),
    ),
    Library(
        "accelerate",
        "0.20.0",
        (
            Callee("accelerate.Accelerator"),
            Callee("accelerate.init_empty_weights"),
            Callee("accelerate.load_checkpoint_and_dispatch"),
        ),
        modules=("accelerate",),
    ),
    Library(
        "open-clip-torch",
        "2.20.0",
        (
            Callee("open_clip.create_model_and_transforms"),
            Callee("open_clip.create_model"),
            Callee("open_clip.get_tokenizer"),
        ),
        modules=("open_clip",),
    ),
    Library("nltk", "3.6.0", (Callee("nltk.download"),)),
    Library(
        "nemo-toolkit",
        "1.20.0",
        tuple(
            Callee(f"nemo.collections.asr.models.{name}.{method}")
            for name in (
                "ASRModel",
                "EncDecCTCModelBPE",
                "EncDecRNNTBPEModel",
                "EncDecMultiTaskModel",
                "EncDecHybridRNNTCTCBPEModel",
            )
            for method in ("from_pretrained", "restore_from")
        ),
        modules=(
            "nemo.collections.asr",
            "nemo.collections.asr.models",
        ),
    ),
    Library("moviepy", "1.0.3", (), {"moviepy.editor": "moviepy"}),
    Library(
        "torchvision",
        "0.14.0",
        (),
        {"torchvision.transforms.functional_tensor": "torchvision.transforms.functional"},
    ),
    Library(
        "transformers",
        "4.30.0",
        (),
        {
            "transformers.AdamW": "torch.optim.AdamW",
            "transformers.TFAutoModel": "transformers.AutoModel",
            "transformers.TFAutoModelForSequenceClassification": "transformers.AutoModelForSequenceClassification",
            "transformers.TFAutoModelForCausalLM": "transformers.AutoModelForCausalLM",
            "transformers.FlaxAutoModel": "transformers.AutoModel",
            "transformers.AutoModelForVision2Seq": "transformers.AutoModelForImageTextToText",
            "transformers.AutoModelWithLMHead": "transformers.AutoModelForCausalLM",
            "transformers.TRANSFORMERS_CACHE": "",
            "transformers.utils.hub.TRANSFORMERS_CACHE": "huggingface_hub.constants.HF_HUB_CACHE",
            "transformers.utils.TRANSFORMERS_CACHE": "huggingface_hub.constants.HF_HUB_CACHE",
            "transformers.modeling_utils.apply_chunking_to_forward": "transformers.pytorch_utils.apply_chunking_to_forward",
            "transformers.modeling_utils.find_pruneable_heads_and_indices": "transformers.pytorch_utils.find_pruneable_heads_and_indices",
            "transformers.modeling_utils.prune_linear_layer": "transformers.pytorch_utils.prune_linear_layer",
            "transformers.generation_utils": "transformers.generation.utils",
            "transformers.Conversation": "",
            "transformers.AutoModelForImageTextToText": "transformers.AutoModelForVision2Seq",
            "transformers.Qwen2VLForConditionalGeneration": "",
            "transformers.Qwen2_5_VLForConditionalGeneration": "",
            "transformers.BitsAndBytesConfig": "",
            "transformers.WhisperForConditionalGeneration": "",
        },
    ),
    Library(
        "diffusers",
        "0.18.0",
        (),
        {
            "diffusers.pipeline_utils": "diffusers.pipelines.pipeline_utils",
            "diffusers.models.cross_attention": "diffusers.models.attention_processor",
            "diffusers.modeling_utils": "diffusers.models.modeling_utils",
            "diffusers.FluxPipeline": "",
            "diffusers.StableDiffusion3Pipeline": "",
            "diffusers.models.unet_2d_condition": "diffusers.models.unets.unet_2d_condition",
            "diffusers.models.autoencoder_kl": "diffusers.models.autoencoders.autoencoder_kl",
            "diffusers.models.unet_2d_blocks": "diffusers.models.unets.unet_2d_blocks",
            "diffusers.models.attention.Transformer2DModel": "diffusers.models.transformers.transformer_2d.Transformer2DModel",
            "diffusers.models.transformer_2d": "diffusers.models.transformers.transformer_2d",
        },
    ),
)

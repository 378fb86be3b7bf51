"""How serving frameworks and platforms name the functions they call: tables, and the modules that a text names to a server.

A name ends with a pattern when they are equal or a dot stands before the pattern. Sources: the documentation of each
project (docs.runpod.io, fastapi.tiangolo.com, flask.palletsprojects.com, lightning.ai/docs/litserve, docs.bentoml.com,
docs.ray.io/serve, github.com/triton-inference-server/python_backend, pytorch.org/serve, github.com/replicate/cog,
docs.aws.amazon.com/sagemaker, gradio.app/docs, modal.com/docs, truss.baseten.co, kserve.github.io), read 2026-11.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.syntax.python.program import Constant, Import, Reach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.syntax.python.program import Program, PythonCall


_START, _REQUEST = Reach.IMPORT, Reach.REQUEST


class Methods(Record):
    """A class is a service of `kind` when it has one of these names or base classes; who calls which method when."""

    kind: str
    names: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    request: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


CLASSES = (
    Methods(
        "litserve",
        bases=("LitAPI",),
        start=("__init__", "setup"),
        request=("predict", "decode_request", "encode_response", "batch", "unbatch"),
    ),
    Methods(
        "cog",
        bases=("BasePredictor", "cog.Predictor", "BaseRunner"),
        start=("setup",),
        request=("predict", "run"),
    ),
    Methods(
        "torchserve",
        bases=("BaseHandler", "TextClassifier", "ImageClassifier", "VisionHandler", "TextHandler"),
        start=("initialize",),
        request=("handle", "preprocess", "inference", "postprocess"),
    ),
    Methods("triton", names=("TritonPythonModel",), start=("initialize",), request=("execute",)),
    Methods("hf-endpoint", names=("EndpointHandler",), start=("__init__",), request=("__call__",)),
    Methods("inferless", names=("InferlessPythonModel",), start=("initialize",), request=("infer",)),
    Methods(
        "truss", names=("Model",), start=("__init__", "load"), request=("predict",), needs=("load", "predict")
    ),
    Methods(
        "kserve",
        bases=("kserve.Model", "kserve.KFModel", "kfserving.KFModel"),
        start=("load", "start"),
        request=("predict", "preprocess", "postprocess", "explain"),
    ),
    Methods(
        "mlserver",
        bases=("mlserver.MLModel", "MLModel"),
        start=("load",),
        request=("predict", "predict_stream"),
    ),
    Methods(
        "vertex",
        bases=("prediction.predictor.Predictor",),
        start=("load",),
        request=("predict", "preprocess", "postprocess"),
    ),
    Methods("grpc", bases=("Servicer",), request=("*",)),
    Methods(
        "tornado",
        bases=("tornado.web.RequestHandler", "WebSocketHandler"),
        request=("get", "post", "put", "delete", "patch", "prepare", "initialize", "on_message"),
    ),
    Methods(
        "http.server",
        bases=("BaseHTTPRequestHandler", "SimpleHTTPRequestHandler"),
        request=("do_GET", "do_POST", "do_PUT", "do_DELETE", "do_HEAD"),
    ),
    Methods(
        "flask",
        bases=("MethodView", "flask_restful.Resource", "flask_restx.Resource", "APIView"),
        request=("get", "post", "put", "delete", "patch"),
    ),
    Methods("bentoml", bases=("bentoml.Runnable",), start=("__init__",)),
)

CLASS_DECORATORS = (
    Methods("bentoml", names=("bentoml.service",), start=("__init__",)),
    Methods("ray", names=("serve.deployment",), start=("__init__", "reconfigure"), request=("*", "__call__")),
    Methods("modal", names=("*.cls",), start=("__init__", "__enter__")),
)
"""Here `names` are decorators of the class."""

ROUTES = frozenset("get post put delete patch head options route api_route websocket websocket_route".split())
"""Decorators of web frameworks (FastAPI, Flask, Starlette, Sanic, Quart, Litestar, aiohttp): `@app.post("/run")`."""

DECORATORS: tuple[tuple[str, str, Reach], ...] = (
    ("bentoml.api", "bentoml", _REQUEST),
    ("bentoml.task", "bentoml", _REQUEST),
    ("bentoml.on_deployment", "bentoml", _START),
    ("bentoml.Runnable.method", "bentoml", _REQUEST),
    ("bentoml.Service().api", "bentoml", _REQUEST),
    ("serve.deployment", "ray", _REQUEST),
    ("modal.enter", "modal", _START),
    ("modal.build", "modal", _START),
    ("modal.method", "modal", _REQUEST),
    ("modal.web_endpoint", "modal", _REQUEST),
    ("modal.fastapi_endpoint", "modal", _REQUEST),
    ("modal.asgi_app", "modal", _START),
    ("modal.wsgi_app", "modal", _START),
    ("modal.App().function", "modal", _REQUEST),
    ("modal.Stub().function", "modal", _REQUEST),
    ("beam.endpoint", "beam", _REQUEST),
    ("beam.task_queue", "beam", _REQUEST),
    ("beam.function", "beam", _REQUEST),
    ("potassium.Potassium().init", "potassium", _START),
    ("potassium.Potassium().handler", "potassium", _REQUEST),
    ("potassium.Potassium().background", "potassium", _REQUEST),
    ("register_fitness_check", "runpod", _START),
    ("functions_framework.http", "cloud-functions", _REQUEST),
    ("functions_framework.cloud_event", "cloud-functions", _REQUEST),
    ("celery.shared_task", "celery", _REQUEST),
    ("Celery().task", "celery", _REQUEST),
    ("dramatiq.actor", "dramatiq", _REQUEST),
    ("rq.decorators.job", "rq", _REQUEST),
    ("worker_process_init.connect", "celery", _START),
    ("worker_init.connect", "celery", _START),
    ("worker_ready.connect", "celery", _START),
    ("FastMCP().tool", "mcp", _REQUEST),
    ("typer.Typer().command", "command", _START),
    ("middleware", "web", _REQUEST),
    ("exception_handler", "web", _REQUEST),
    ("errorhandler", "web", _REQUEST),
    ("before_request", "web", _REQUEST),
    ("before_first_request", "web", _REQUEST),
    ("after_request", "web", _REQUEST),
    ("before_serving", "web", _START),
    ("before_server_start", "web", _START),
)


class Handed(Record):
    """A callee is handed a function of `kind`: where it stands and when it is called."""

    pattern: str
    kind: str
    position: int | None
    keyword: str
    reach: Reach


ARGUMENTS: dict[str, tuple[Handed, ...]] = {
    "FastAPI": (
        Handed("FastAPI", "web", None, "lifespan", _START),
        Handed("FastAPI", "web", None, "on_startup", _START),
    ),
    "Starlette": (
        Handed("Starlette", "web", None, "lifespan", _START),
        Handed("Starlette", "web", None, "on_startup", _START),
    ),
    "add_url_rule": (Handed("add_url_rule", "web", 2, "view_func", _REQUEST),),
    "add_api_route": (Handed("add_api_route", "web", 1, "endpoint", _REQUEST),),
    "add_route": (Handed("add_route", "web", 1, "handler", _REQUEST),),
    "add_websocket_route": (Handed("add_websocket_route", "web", 1, "endpoint", _REQUEST),),
    "Route": (Handed("starlette.routing.Route", "web", 1, "endpoint", _REQUEST),),
    "add_get": (Handed("add_get", "web", 1, "handler", _REQUEST),),
    "add_post": (Handed("add_post", "web", 1, "handler", _REQUEST),),
    "get": (Handed("web.get", "web", 1, "handler", _REQUEST),),
    "post": (Handed("web.post", "web", 1, "handler", _REQUEST),),
    "Depends": (Handed("fastapi.Depends", "web", 0, "dependency", _REQUEST),),
    "append": (Handed("on_startup.append", "web", 0, "", _START),),
    "register_fitness_check": (Handed("register_fitness_check", "runpod", 0, "func", _START),),
    "Interface": (Handed("gradio.Interface", "gradio", 0, "fn", _REQUEST),),
    "ChatInterface": (Handed("gradio.ChatInterface", "gradio", 0, "fn", _REQUEST),),
    "basic_consume": (Handed("basic_consume", "queue", 1, "on_message_callback", _REQUEST),),
    "serve": (Handed("websockets.serve", "websockets", 0, "handler", _REQUEST),),
    "endpoint": (Handed("beam.endpoint", "beam", None, "on_start", _START),),
    "task_queue": (Handed("beam.task_queue", "beam", None, "on_start", _START),),
}
"""Callees that are handed a function, by the last part of their name."""

EVENTS = frozenset("click submit change upload select input release then success load blur stream".split())
"""Listeners of gradio components: the first argument or `fn` is the function."""

FUNCTIONS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("sagemaker", ("model_fn",), ("predict_fn", "input_fn", "output_fn", "transform_fn")),
    ("azureml", ("init",), ("run",)),
    ("torchserve", (), ("handle",)),
)
"""Functions at module level that are called by name: kind, at start, per request; all of the first group must be there,
and one of the second.
"""

RUNNERS: dict[str, tuple[int | None, str]] = {
    "Thread": (None, "target"),
    "Process": (None, "target"),
    "Timer": (1, "function"),
    "submit": (0, "fn"),
    "run_in_executor": (1, "func"),
    "to_thread": (0, "func"),
    "run_in_threadpool": (0, "func"),
    "run_sync": (0, "func"),
    "map": (0, "func"),
    "imap": (0, "func"),
    "imap_unordered": (0, "func"),
    "starmap": (0, "func"),
    "thread_map": (0, "fn"),
    "apply_async": (0, "func"),
    "apply": (0, "func"),
    "partial": (0, "func"),
    "filter": (0, ""),
    "call_soon": (0, "callback"),
    "call_later": (1, "callback"),
    "add_task": (0, "func"),
    "Fire": (0, "component"),
    "ThreadPoolExecutor": (None, "initializer"),
    "ProcessPoolExecutor": (None, "initializer"),
    "Pool": (1, "initializer"),
    "typer.run": (0, "function"),
    "anyio.run": (0, "func"),
    "trio.run": (0, "async_fn"),
    "start_soon": (0, "func"),
    "absl.app.run": (0, "main"),
    "spawn": (0, "fn"),
}
"""Callees that run the function they are given: where it stands."""

CACHING = frozenset(
    """
    alru_cache cache cache_data cache_resource cached cached_property lru_cache memoize once singleton
    """.split()
)
"""Last parts of decorators that run a function once for the same arguments."""


def ends_with(name: str, pattern: str) -> bool:
    """Whether a dotted name is the pattern or has it behind a dot; `*.x` needs something before."""
    if pattern.startswith("*."):
        return name.endswith(pattern[1:])
    return name == pattern or name.endswith(f".{pattern}")


# Source: uvicorn/importer.py@0.38 (import_from_string) and config.py; hypercorn takes its names from elsewhere.
_TAKES_NAME = frozenset({"uvicorn.run", "uvicorn.Config", "uvicorn.main.run", "uvicorn.config.Config"})
_NAME = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):[A-Za-z_][\w.]*")


def with_served(program: Program) -> Program:
    """The modules count as imported at the call; one of the file's own name is this file, read already."""
    found = tuple(
        one for call in program.calls if call.name in _TAKES_NAME for one in _imported(call, program)
    )
    return replace(program, imports=(*program.imports, *found)) if found else program


def _imported(call: PythonCall, program: Program) -> Iterator[Import]:
    given = call.argument(0, "app")
    if given is None or call.argument(None, "app_dir", "**") is not None:
        return
    named = _NAME.fullmatch(str(given.value.value)) if isinstance(given.value, Constant) else None
    own = program.source.path.rpartition("/")[2].removesuffix(".py")
    if named is None or named[1].rpartition(".")[2] == own:
        return
    yield Import(
        named[1],
        None,
        "",
        given.span,
        call.order,
        call.reach,
        is_guarded=call.is_caught,
        is_conditional=call.is_conditional,
        is_main=call.is_main,
        function=call.function,
    )

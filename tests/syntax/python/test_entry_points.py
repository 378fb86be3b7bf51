"""`read`: the functions that frameworks and platforms call, by convention."""

from __future__ import annotations

from textwrap import dedent

import pytest

from dfguard.core.source import Span
from dfguard.syntax.python.program import Reach
from marked import unmark
from pythonic import program_of

START, REQUEST = Reach.IMPORT, Reach.REQUEST

ENTRIES = [
    pytest.param(
        "import runpod\ndef h(j): pass\nrunpod.serverless.start({'handler': h})",
        {("runpod", "h", REQUEST)},
        id="runpod",
    ),
    pytest.param(
        "from runpod import serverless as s\ndef h(j): pass\nc = {'handler': h, 'x': 1}\ns.start(c)",
        {("runpod", "h", REQUEST)},
        id="runpod-variable",
    ),
    pytest.param(
        "import runpod\ndef h(j): pass\nc = {}\nc['handler'] = h\nrunpod.serverless.start(c)",
        {("runpod", "h", REQUEST)},
        id="runpod-filled-later",
    ),
    pytest.param(
        "import runpod\nrunpod.serverless.start({'handler': lambda j: f(j)})",
        {("runpod", "<lambda>", REQUEST)},
        id="runpod-lambda",
    ),
    pytest.param(
        "import runpod\nclass W:\n  def run(self, j): pass\nw = W()\nrunpod.serverless.start(dict(handler=w.run))",
        {("runpod", "W.run", REQUEST)},
        id="runpod-method",
    ),
    pytest.param(
        "import runpod\nfrom functools import partial\ndef h(m, j): pass\nrunpod.serverless.start({'handler': partial(h, 1)})",
        {("runpod", "h", REQUEST)},
        id="runpod-partial",
    ),
    pytest.param(
        "import runpod\ndef make():\n  def h(j): pass\n  return h\nrunpod.serverless.start({'handler': make()})",
        {("runpod", "make.h", REQUEST)},
        id="runpod-made",
    ),
    pytest.param(
        "import runpod\ndef h(j): pass\ndef main():\n  runpod.serverless.start({'handler': h})\nmain()",
        {("runpod", "h", REQUEST)},
        id="runpod-in-a-function",
    ),
    pytest.param(
        "from fastapi import FastAPI\napp = FastAPI()\n@app.post('/run')\nasync def run(): pass\n"
        "@app.on_event('startup')\ndef up(): pass\n@app.on_event('shutdown')\ndef down(): pass",
        {("web", "run", REQUEST), ("web", "up", START)},
        id="fastapi",
    ),
    pytest.param(
        "from fastapi import FastAPI, Depends\ndef life(app): yield\ndef model(): pass\napp = FastAPI(lifespan=life)\n"
        "app.add_api_route('/x', model)\nDepends(model)",
        {("web", "life", START), ("web", "model", REQUEST)},
        id="fastapi-calls",
    ),
    pytest.param(
        "from .app import router\n@router.get('/')\ndef f(): pass",
        {("web", "f", REQUEST)},
        id="router-of-another-file",
    ),
    pytest.param(
        "import x\n@x.get\ndef f(): pass\n@x.get('key')\ndef g(): pass", set(), id="get-without-a-path"
    ),
    pytest.param(
        "from flask import Flask\napp = Flask(__name__)\n@app.route('/')\ndef f(): pass\ndef g(): pass\napp.add_url_rule('/g', 'g', g)",
        {("web", "f", REQUEST), ("web", "g", REQUEST)},
        id="flask",
    ),
    pytest.param(
        "import litserve as ls\nclass A(ls.LitAPI):\n  def setup(self, d): pass\n  def predict(self, x): pass\n  def other(self): pass",
        {("litserve", "A.setup", START), ("litserve", "A.predict", REQUEST)},
        id="litserve",
    ),
    pytest.param(
        "import bentoml\n@bentoml.service(gpu=1)\nclass S:\n  def __init__(self): pass\n  @bentoml.api\n  def run(self): pass",
        {("bentoml", "S.__init__", START), ("bentoml", "S.run", REQUEST)},
        id="bentoml",
    ),
    pytest.param(
        "from ray import serve\n@serve.deployment\nclass D:\n  def __init__(self): pass\n  def __call__(self, r): pass\n  def _x(self): pass",
        {("ray", "D.__init__", START), ("ray", "D.__call__", REQUEST)},
        id="ray",
    ),
    pytest.param(
        "class TritonPythonModel:\n  def initialize(self, a): pass\n  def execute(self, r): pass",
        {("triton", "TritonPythonModel.initialize", START), ("triton", "TritonPythonModel.execute", REQUEST)},
        id="triton",
    ),
    pytest.param(
        "from ts.torch_handler.base_handler import BaseHandler\nclass H(BaseHandler):\n  def initialize(self, c): pass\n"
        "  def handle(self, d, c): pass",
        {("torchserve", "H.initialize", START), ("torchserve", "H.handle", REQUEST)},
        id="torchserve",
    ),
    pytest.param(
        "from cog import BasePredictor\nclass P(BasePredictor):\n  def setup(self): pass\n  def predict(self): pass",
        {("cog", "P.setup", START), ("cog", "P.predict", REQUEST)},
        id="cog",
    ),
    pytest.param(
        "def model_fn(d): pass\ndef predict_fn(d, m): pass\ndef other(): pass",
        {("sagemaker", "model_fn", START), ("sagemaker", "predict_fn", REQUEST)},
        id="sagemaker",
    ),
    pytest.param("def predict_fn(d, m): pass", set(), id="sagemaker-needs-both"),
    pytest.param("def lambda_handler(e, c): pass", {("lambda", "lambda_handler", REQUEST)}, id="aws-lambda"),
    pytest.param(
        "import gradio as gr\ndef f(x): pass\ndef g(): pass\ngr.Interface(fn=f)\nb = gr.Button()\nb.click(g, None, None)",
        {("gradio", "f", REQUEST), ("gradio", "g", REQUEST)},
        id="gradio",
    ),
    pytest.param("def g(): pass\nb.click(g)", set(), id="click-without-gradio"),
    pytest.param(
        "import modal\napp = modal.App('x')\n@app.cls(gpu='a')\nclass M:\n  @modal.enter()\n  def load(self): pass\n"
        "  @modal.method()\n  def run(self): pass\n@app.function()\ndef f(): pass",
        {("modal", "M.load", START), ("modal", "M.run", REQUEST), ("modal", "f", REQUEST)},
        id="modal",
    ),
    pytest.param(
        "class EndpointHandler:\n  def __init__(self, path=''): pass\n  def __call__(self, data): pass",
        {
            ("hf-endpoint", "EndpointHandler.__init__", START),
            ("hf-endpoint", "EndpointHandler.__call__", REQUEST),
        },
        id="hugging-face-endpoint",
    ),
    pytest.param(
        "from celery import Celery\napp = Celery()\n@app.task\ndef f(): pass",
        {("celery", "f", REQUEST)},
        id="celery",
    ),
    pytest.param(
        "import grpc\nimport a_pb2_grpc\nclass S(a_pb2_grpc.XServicer):\n  def Run(self, r, c): pass\n  def _x(self): pass",
        {("grpc", "S.Run", REQUEST)},
        id="grpc",
    ),
    pytest.param(
        "import runpod\n@runpod.serverless.register_fitness_check\ndef ready(): pass",
        {("runpod", "ready", START)},
        id="fitness-check",
    ),
    pytest.param(
        "def handler(job): pass\nclass Model:\n  def predict(self): pass", set(), id="nothing-by-name-alone"
    ),
]


@pytest.mark.parametrize(("code", "entries"), ENTRIES)
def test_entries(code: str, entries: set[tuple[str, str, Reach]]) -> None:
    found = program_of(dedent(code)).entries
    assert {(entry.kind, entry.function, entry.reach) for entry in found} == entries


def test_an_entry_points_at_its_registration() -> None:
    code, ((start, end),) = unmark("import runpod\ndef h(j): pass\n«runpod.serverless.start({'handler': h})»")
    (entry,) = program_of(code).entries
    assert entry.span == Span(start, end)

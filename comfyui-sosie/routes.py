"""One route: erase what a run has left on this server."""

from __future__ import annotations

from aiohttp import web
from server import PromptServer

from . import run_folder


def add_routes() -> None:
    """Add `POST /sosie/erase` with `{"run": id}`, answered with how many files were erased."""

    @PromptServer.instance.routes.post("/sosie/erase")
    async def erase(request: web.Request) -> web.Response:
        try:
            count = run_folder.erase(str((await request.json())["run"]))
        except (KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)
        except OSError as error:
            return web.json_response({"error": str(error)}, status=500)
        return web.json_response({"erased": count})

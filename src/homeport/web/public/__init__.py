"""What everybody may see of a public app: its badges, the pages of its images and of its runs.

Those of another app are for who shows a token (as Bearer, or where a browser asks for it).
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from homeport.web.public import badges, images, runs

# What stands below decides by itself who may see it.
PREFIXES = ("/badges/", "/images", "/builds/", "/runs/", "/sbom/", "/favicon.ico")


async def favicon(_request: Request) -> Response:
    """GET /favicon.ico: none, which browsers ask for all the same."""
    return Response(status_code=204, headers={"Cache-Control": "max-age=86400"})


ROUTES = [
    *badges.ROUTES,
    *images.ROUTES,
    *runs.ROUTES,
    Route("/favicon.ico", favicon),
]

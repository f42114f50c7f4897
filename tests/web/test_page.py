"""What can be known of the page from its files alone; how it behaves is shown in a browser."""

import asyncio
import gzip
import re
from pathlib import Path
from typing import Final

import pytest
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image

from local import page
from tests.web.fake_backend import make_app

WEB: Final = Path(__file__).parents[2] / "web"
VENDOR: Final = WEB / "vendor"
ENTRY: Final = WEB / "main.js"
SCRIPT_LIMIT_BYTES: Final = 60 * 1024
IMPORT: Final = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']""")
TEXT_KEY: Final = re.compile(r"^  (\w+): (.*),$", re.MULTILINE)
LIBRARY_ROW: Final = re.compile(r"^\| (\S+\.js) \| \S+ \| (\d+\.\d+\.\d+) \| [^|]*?(\S+\.LICENSE) \|", re.MULTILINE)
PARAMETER: Final = re.compile(r"@type \{\w+\} \*/ (\w+)")
NAMESPACES: Final = ("http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML", "http://www.w3.org/1999/xhtml")
NOT_IMPORTED: Final = {WEB / "app" / "types.js", WEB / "sw.js", WEB / "docs.js"}
"""Types are for the checker; the other two are scripts of their own."""
LINKS: Final = WEB / "app" / "links.js"
OF_A_CODE: Final = (
    "problem_", "reason_", "mode_", "evse_", "price_state_", "claim_step_", "network_", "signal_", "grant_state_",
    "price_kind_", "county_", "kind_", "meter_", "share_", "user_",
)  # fmt: skip


def imports_of(module: Path) -> list[str]:
    """The specifiers a module imports, types in comments left out."""
    return IMPORT.findall(re.sub(r"/\*[\s\S]*?\*/|^\s*//.*$", "", module.read_text(), flags=re.MULTILINE))


def loaded_modules() -> list[Path]:
    """Every module the browser loads for the page, by following the imports from the entry."""
    found: list[Path] = []
    waiting = [ENTRY]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.append(module)
            waiting += [(module.parent / specifier).resolve() for specifier in imports_of(module)]
    return found


def own_modules() -> list[Path]:
    """The modules we wrote."""
    return [path for path in sorted(WEB.rglob("*.js")) if VENDOR not in path.parents]


def texts_of(language: str) -> dict[str, str]:
    """The keys of a language, each with what stands after it."""
    return dict(TEXT_KEY.findall((WEB / "texts" / f"{language}.js").read_text()))


def test_both_languages_say_the_same_things() -> None:
    """Norwegian and English have equal keys in equal order, with the same arguments."""
    norwegian = [(key, PARAMETER.findall(text)) for key, text in texts_of("no").items()]
    english = [(key, PARAMETER.findall(text)) for key, text in texts_of("en").items()]
    assert english == norwegian


def test_every_line_of_the_texts_is_understood() -> None:
    """The tests here read the texts by their form, one key a line; a line of another form would escape them."""
    for language in ("no", "en"):
        body = (WEB / "texts" / f"{language}.js").read_text().partition("= {\n")[2].removesuffix("};\n")
        assert len(texts_of(language)) == len([line for line in body.splitlines() if line])


def test_every_text_a_screen_asks_for_exists() -> None:
    """A misspelt key would show nothing at all."""
    asked = {key for module in own_modules() for key in re.findall(r"\btexts\.(\w+)", module.read_text())}
    assert asked - texts_of("no").keys() == set()


def test_no_text_is_left_over() -> None:
    """Every text is asked for by name or answers a code of the server."""
    asked = {key for module in own_modules() for key in re.findall(r"\btexts\.(\w+)", module.read_text())}
    assert {key for key in texts_of("no") if not key.startswith(OF_A_CODE)} <= asked


@pytest.mark.parametrize(
    "module", [pytest.param(path, id=str(path.relative_to(WEB))) for path in sorted(WEB.rglob("*.js"))]
)
def test_every_import_is_a_file_beside_it(module: Path) -> None:
    """No bare name and no address: the browser resolves imports without a build step."""
    assert [
        one for one in imports_of(module) if not (one.startswith(("./", "../")) and (module.parent / one).is_file())
    ] == []


def test_no_module_is_left_over() -> None:
    """What lies in the folder is what the page loads."""
    assert sorted(set(WEB.rglob("*.js")) - NOT_IMPORTED) == sorted(loaded_modules())


@pytest.mark.parametrize("suffix", ["html", "css", "js", "svg"])
def test_nothing_names_another_origin(suffix: str) -> None:
    """No address with a host stands in any file but links.js, which the person may follow; namespaces are names."""
    named = {
        address
        for path in set(WEB.rglob(f"*.{suffix}")) - {LINKS}
        for address in re.findall(r"https?://[^\s\"'`)<>]+", path.read_text())
    }
    assert named - set(NAMESPACES) == set()


@pytest.mark.parametrize("other", ["no", "en"])
def test_the_script_is_small(other: str) -> None:
    """All script of the page in one language is at most 60 KB as it is served: without comments, compressed."""
    modules = set(loaded_modules()) - {WEB / "texts" / f"{other}.js"}
    assert sum(len(gzip.compress(page.script(module).encode(), 6)) for module in modules) <= SCRIPT_LIMIT_BYTES


def test_scripts_are_served_without_comments() -> None:
    """Comments are written in the two forms that are taken out, and nothing else looks like one."""
    left = {module.name for module in own_modules() if re.search(r"/\*|^//", page.script(module), re.MULTILINE)}
    assert left == set()


def test_the_page_forbids_inline_and_foreign_script() -> None:
    """The policy in the page allows its own origin only, and the page itself has nothing inline."""
    page = (WEB / "index.html").read_text()
    assert "default-src 'none'; script-src 'self';" in page
    assert "unsafe" not in page
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son\w+=", page) == []


def test_no_module_makes_code_or_markup_of_text() -> None:
    """Everything shown goes through the templates, which escape it."""
    unsafe = r"\beval\(|new Function|innerHTML|insertAdjacentHTML|document\.write"
    assert [path.name for path in own_modules() if re.search(unsafe, path.read_text())] == []


def test_only_the_clock_asks_for_the_time() -> None:
    """The simulator may run the product's time faster; a second source of time would tell another."""
    asking = [
        path.name for path in own_modules() if re.search(r"Date\.now\(|new Date\(|performance\.now\(", path.read_text())
    ]
    assert asking == ["clock.js"]


def test_every_module_asks_to_be_type_checked() -> None:
    """The types in the comments are read only in modules that begin so."""
    assert [path.name for path in own_modules() if not path.read_text().startswith("// @ts-check\n")] == []


def test_every_library_has_its_version_and_licence_beside_it() -> None:
    """Each vendored script is a row of the list, with a version and a licence file that exists."""
    rows = LIBRARY_ROW.findall((VENDOR / "README.md").read_text())
    assert sorted(name for name, _, _ in rows) == sorted(path.name for path in VENDOR.glob("*.js"))
    assert all((VENDOR / licence).read_text().strip() for _, _, licence in rows)


def test_the_stand_in_serves_every_file_of_the_page() -> None:
    """The page can be looked at without the cloud: each module comes as JavaScript."""

    async def content_types() -> set[str]:
        async with TestClient(TestServer(make_app())) as client:
            answers = [await client.get(f"/{module.relative_to(WEB)}") for module in loaded_modules()]
            return {answer.content_type for answer in answers}

    assert asyncio.run(content_types()) in ({"text/javascript"}, {"application/javascript"})


def test_the_night_of_the_readme_is_small_and_moves() -> None:
    """It is on the first page that newcomers load: under 500 KB, with a picture for each quarter of an hour."""
    film = WEB.parent / "docs" / "night.webp"
    assert "docs/night.webp" in (WEB.parent / "README.md").read_text()
    assert film.stat().st_size < 500_000
    with Image.open(film) as picture:
        assert getattr(picture, "n_frames", 1) > 50

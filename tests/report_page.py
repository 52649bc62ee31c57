#!/usr/bin/env python3
"""The page of `--format html` in a real browser: filters by its address, needs no script to be read.

usage: report_page.py CASEHARD
"""

import html.parser
import pathlib
import shutil
import subprocess
import sys
import tempfile

COMPOSE = """services:
  web:
    image: nginx:1.27
    privileged: true
  db:
    image: postgres:16
  agent:
    image: example/agent
    network_mode: host
    volumes: ["/var/run/docker.sock:/var/run/docker.sock"]
"""


class Articles(html.parser.HTMLParser):
    """The containers of a page: name, and whether it is shown."""

    def __init__(self):
        super().__init__()
        self.found, self.hidden, self.heading, self.form_hidden, self.status = [], False, False, None, ""
        self.in_status = False

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "article":
            self.hidden = "hidden" in attributes
        if tag == "form":
            self.form_hidden = "hidden" in attributes
        self.heading = tag == "h4"
        self.in_status = attributes.get("id") == "shown"

    def handle_data(self, text):
        if self.heading:
            self.found.append((text, not self.hidden))
        if self.in_status:
            self.status += text
        self.heading = self.in_status = False


def main():
    browser = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
    if browser is None:
        print("NOT AVAILABLE HERE: there is no chromium, so the page was not opened in a browser")
        return 0
    casehard = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "compose.yaml").write_text(COMPOSE)
        page = folder / "report.html"
        subprocess.run(
            [casehard, "check", "-q", "--exit-zero", "--format", "html", "--output", page, "compose.yaml"],
            cwd=folder, check=True,
        )

        def opened(fragment, *options):
            command = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom", *options,
                       f"--user-data-dir={folder / 'profile'}", page.as_uri() + fragment]
            dumped = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
            articles = Articles()
            articles.feed(dumped)
            return articles

        wrong = []

        def check(fragment, wanted, status):
            page = opened(fragment)
            shown = [name for name, visible in page.found if visible]
            if shown != wanted or page.status != status or page.form_hidden:
                wrong.append(f"{fragment or '(whole)'}: {shown}, {page.status!r}, form hidden: {page.form_hidden}")

        check("", ["service web", "service db", "service agent"], "3 of 3 containers")
        check("#rule=privileged", ["service web"], "1 of 3 containers")
        check("#not=socket", ["service agent"], "1 of 3 containers")
        check("#not=host&q=nginx", ["service web"], "1 of 3 containers")
        check("#image=postgres:16", ["service db"], "1 of 3 containers, image postgres:16")
        check("#q=service%20agent", ["service agent"], "1 of 3 containers")
        check("#q=no-such", [], "0 of 3 containers")
        check("#rules", ["service web", "service db", "service agent"], "3 of 3 containers")
        # Without its script the page shows all, and no filter that would do nothing.
        bare = folder / "bare.html"
        text = page.read_text()
        bare.write_text(text[: text.index("<script>")] + text[text.index("</script>") + 9 :])
        page = bare
        without = opened("#rule=privileged")
        if not without.form_hidden or not all(visible for _, visible in without.found):
            wrong.append("without its script the page hides something, or shows a filter")
    for it in wrong:
        print(f"wrong: {it}")
    print(f"the page in {pathlib.Path(browser).name}: {'as it should be' if not wrong else 'WRONG'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

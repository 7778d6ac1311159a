"""Names are text and nothing else, and the file speaks to nobody."""

import re

from e2e.dashboard import cases

IN_SHADOW = "document.getElementById('pellucid').shadowRoot"


def test_hostile_names_are_shown_and_do_nothing(show):
    title = cases.HOSTILE[0] + cases.HOSTILE[3] + "\ud800"
    page = show(cases.hostile(), title=title, place="#pins=0,4&output=1")
    page.locator('[data-view="compare"] h2').wait_for()
    assert page.evaluate("() => window.hacked") is None
    scripts = page.evaluate("() => document.querySelectorAll('script:not([data-chunk])').length")
    assert scripts == 2
    assert page.evaluate(f"() => {IN_SHADOW}.querySelectorAll('script, img, iframe').length") == 0
    shown = page.evaluate(f"() => {IN_SHADOW}.querySelector('main').textContent")
    assert "<img src=x onerror=window.hacked=1>" in shown
    assert not re.search(r"[\0\x1b\u202e\u2028]", shown)
    heading = page.locator("h1").inner_text()
    assert heading.startswith("</script><script>window.hacked=1</script>nul")


def test_every_hostile_feature_can_be_chosen(show):
    page = show(cases.hostile())
    features = page.locator('[data-view="overview"] ol.rows button')
    assert features.count() == len(cases.HOSTILE)
    for i in range(0, features.count(), 3):
        features.nth(i).click()
        page.locator('[data-view="overview"] button[aria-pressed="true"]').wait_for()
    assert page.locator(".failed").count() == 0
    assert page.evaluate("() => window.hacked") is None


def test_policy_forbids_everything_but_the_page_itself(show, tmp_path):
    page = show(cases.explanation_of())
    policy = page.locator('meta[http-equiv="Content-Security-Policy"]').get_attribute("content")
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    source = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)=|url\(|https?://(?!www\.w3\.org)""", source)


def test_without_data_no_row_is_in_the_file(show, tmp_path):
    explanation = cases.with_categories()
    page = show(explanation, include_data=False)
    assert page.locator("[data-view]").count() == 1
    assert "Single rows are not part of this page" in page.locator(".provenance").inner_text()
    source = (tmp_path / "page.html").read_text(encoding="utf-8")
    names = set(re.findall(r'octet-stream" data-chunk="([^"/]+)', source))
    assert names == {"aggregates"}
    assert "case 7" not in source


def test_page_says_which_language_it_is_in(show):
    page = show(cases.explanation_of(), language="es")
    assert page.locator("html").get_attribute("lang") == "es"
    assert page.get_by_text("Ver como tabla").count() == 3


def test_damaged_part_is_said_in_its_place(context_of, tmp_path):
    path = cases.explanation_of().save_html(tmp_path / "page.html")
    source = path.read_text(encoding="utf-8")
    cut = re.sub(r'(data-chunk="contribution/0">.{40}).*?<', r"\1<", source)
    path.write_text(cut, encoding="utf-8")
    page = context_of().new_page()
    page.goto(path.as_uri())
    page.locator('[data-view="row"] .failed').wait_for()
    assert (
        page.locator('[data-view="overview"] h2').inner_text()
        == "feature 0 matters most to the prediction"
    )

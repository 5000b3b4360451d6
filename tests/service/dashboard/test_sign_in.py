"""Who is not signed in sees no picture and is asked for the password."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from support.dashboard import Feed
from support.screen import OpenPage, shoot

pytestmark = pytest.mark.e2e


def test_somebody_who_is_not_signed_in_is_asked_for_the_password(
    open_page: OpenPage, guarded_feed: Feed, screenshots: Path
) -> None:
    page = open_page(url=guarded_feed.url)
    expect(page.get_by_test_id("login")).to_be_visible()
    shoot(page, screenshots, "login")
    page.get_by_test_id("password").fill("guess")
    page.get_by_test_id("sign-in").click()
    expect(page.get_by_test_id("login-wrong")).to_have_text("That password is not right.")
    page.get_by_test_id("password").fill("open the gates")
    page.get_by_test_id("sign-in").click()
    expect(page.get_by_test_id("camera-tile")).to_have_count(4)

"""The account: subscriptions, invoices, its addons and their reports, the monitoring."""

import io
from decimal import Decimal
from typing import Any

import pypdf
import pytest

from ccloud_apply.sandbox.http.pdf import LINES_A_PAGE, write_pdf
from ccloud_apply.sandbox.state.example_account import add_contracts
from ccloud_apply.sandbox.state.seed import DEMO_SERVERS, add_servers
from tests.support.desk import Desk

LIST = "/ccloud/customers/subscriptions"
MONTH_S = 31 * 86_400


def names(desk: Desk, query: str = "") -> list[str]:
    return [one["name"] for one in desk.get(f"{LIST}{query}")["data"]]


def billed_alone(desk: Desk) -> set[str]:
    """The servers that the preview bills under their pools."""
    pools = dict(desk.get("/ccloud/customers/invoices/preview")[0]["pools"])
    del pools["total"]
    return {hostname for pool in pools.values() for hostname in pool["servers"]}


# Subscriptions


def test_subscriptions_come_in_pages() -> None:
    desk = Desk()
    assert names(desk, "?limit=2") == ["S328100-001", "S328100-002"]
    assert names(desk, "?limit=2&page=2") == ["S328100-003"]
    page = desk.get(f"{LIST}?limit=2&page=2")
    assert page["meta"]["total"] == 3
    assert page["links"]["prev"] == f"http://sandbox/api/v1{LIST}?limit=2&page=1"
    assert page["links"]["next"] is None
    assert set(Desk(pagination="bare").get(LIST)) == {"data"}


def test_subscriptions_are_searched_and_sorted() -> None:
    desk = Desk()
    desk.done("PUT", "/ccloud/subscriptions/2/customname", {"display_name": "Databases"})
    assert names(desk, "?search=data") == ["S328100-002"]
    assert names(desk, "?search=POOL_IW") == ["S328100-001", "S328100-003"]
    assert names(desk, "?sort=pool,name&order=asc,desc") == [
        "S328100-002", "S328100-003", "S328100-001",
    ]  # fmt: skip
    assert list(desk.refused("GET", f"{LIST}?sort=secret")) == ["sort"]


def test_an_account_that_begins_empty_has_none() -> None:
    desk = Desk(seed="empty")
    assert names(desk) == []
    assert desk.get("/ccloud/customers/invoices") == []


def test_a_display_name_is_kept() -> None:
    desk = Desk()
    desk.done("PUT", "/ccloud/subscriptions/1/customname", {"display_name": " Main "})
    shown = desk.get("/ccloud/subscriptions/1")
    assert shown["display_name"] == "Main"
    assert shown["name"] == "S328100-001"
    assert shown in desk.get(LIST)["data"]


@pytest.mark.parametrize("body", [{}, {"display_name": ""}, {"display_name": "x" * 256}])
def test_a_display_name_is_needed_and_has_its_length(body: dict[str, str]) -> None:
    assert list(Desk().refused("PUT", "/ccloud/subscriptions/1/customname", body)) == [
        "display_name"
    ]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/ccloud/subscriptions/9", None),
        ("GET", "/ccloud/subscriptions/S328100-001", None),
        ("PUT", "/ccloud/subscriptions/9/customname", {"display_name": "x"}),
        ("POST", "/subscriptions/9/import", {"hostname": "vs10001"}),
        ("POST", "/subscriptions/9/export/vs10001/pool", None),
        ("POST", "/subscriptions/9/export/all", {"target_subscription": "S328100-001"}),
        ("POST", "/subscriptions/1/export/vs10001/pool", None),
        ("POST", "/subscriptions/1/export/vs99999/pool", None),
    ],
)
def test_what_is_not_there_is_not_found(method: str, path: str, body: Any) -> None:
    assert Desk().send(method, path, body).status_code == 404


def test_an_imported_server_is_billed_through_its_subscription_until_it_is_exported() -> None:
    desk = Desk()
    desk.clock.advance(3600)
    assert billed_alone(desk) == {"vs10001", "vs10002", "vs10003"}
    desk.done("POST", "/subscriptions/1/import", {"hostname": "vs10002"})
    assert billed_alone(desk) == {"vs10001", "vs10003"}
    desk.done("POST", "/subscriptions/1/export/vs10002/pool")
    assert billed_alone(desk) == {"vs10001", "vs10002", "vs10003"}


def test_a_server_is_in_one_subscription_at_most() -> None:
    desk = Desk()
    desk.done("POST", "/subscriptions/1/import", {"hostname": "vs10002"})
    for number in (1, 3):
        errors = desk.refused("POST", f"/subscriptions/{number}/import", {"hostname": "vs10002"})
        assert errors == {"hostname": "The server vs10002 is in the subscription S328100-001."}


def test_a_server_of_another_pool_is_refused() -> None:
    errors = Desk().refused("POST", "/subscriptions/1/import", {"hostname": "vs10001"})
    assert errors == {
        "hostname": "The subscription S328100-001 is for pool_iw_ssd, not pool_ip_ssd."
    }


@pytest.mark.parametrize("body", [{}, {"hostname": "vs99999"}, {"hostname": None}])
def test_an_import_needs_a_server(body: dict[str, Any]) -> None:
    assert list(Desk().refused("POST", "/subscriptions/1/import", body)) == ["hostname"]


def test_a_server_that_is_being_built_is_refused() -> None:
    desk = Desk()
    order = {"pool": "pool_iw_ssd", "type": "unmanaged", "image": "debian12_uefi"}
    desk.done("POST", "/ccloud/servers", {**order, "cores": 1, "memory": 1, "disks": [10]})
    errors = desk.refused("POST", "/subscriptions/1/import", {"hostname": "vs10004"})
    assert errors == {"hostname": "The server vs10004 is being built or deleted."}


def test_a_subscription_holds_no_more_than_its_resources() -> None:
    desk = Desk()
    for memory in (8, 8, 1):
        desk.create(memory=memory, cores=1, disks=[10])
    desk.done("POST", "/subscriptions/3/import", {"hostname": "vs10004"})
    desk.done("POST", "/subscriptions/3/import", {"hostname": "vs10005"})
    errors = desk.refused("POST", "/subscriptions/3/import", {"hostname": "vs10006"})
    assert errors == {"hostname": "The subscription S328100-003 has 16 memory, 17 would be needed."}


def test_a_subscription_that_has_ended_takes_no_server() -> None:
    desk = Desk()
    desk.clock.advance(12 * MONTH_S)
    errors = desk.refused("POST", "/subscriptions/1/import", {"hostname": "vs10002"})
    assert errors == {"hostname": "The subscription S328100-001 is not active."}


def test_all_servers_move_to_another_subscription_or_none_does() -> None:
    desk = Desk()
    hostnames = [desk.create(memory=memory, cores=1, disks=[10]) for memory in (8, 8)]
    for hostname in (*hostnames, "vs10002"):
        desk.done("POST", "/subscriptions/1/import", {"hostname": hostname})
    target = {"target_subscription": "S328100-003"}
    errors = desk.refused("POST", "/subscriptions/1/export/all", target)
    assert errors == {
        "target_subscription": "The subscription S328100-003 has 16 memory, 20 would be needed."
    }
    desk.done("POST", "/subscriptions/1/export/vs10002/pool")
    desk.done("POST", "/subscriptions/1/export/all", target)
    for hostname in hostnames:
        assert desk.send("POST", f"/subscriptions/1/export/{hostname}/pool").status_code == 404
        desk.done("POST", f"/subscriptions/3/export/{hostname}/pool")


@pytest.mark.parametrize(
    "body",
    [{}, {"target_subscription": "S328100-009"}, {"target_subscription": "S328100-001"}],
)
def test_an_export_needs_another_subscription(body: dict[str, str]) -> None:
    errors = Desk().refused("POST", "/subscriptions/1/export/all", body)
    assert list(errors) == ["target_subscription"]


# Invoices


def test_an_invoice_has_the_sums_of_its_parts() -> None:
    desk = Desk()
    short = desk.get("/ccloud/customers/invoices")
    assert [(one["year"], one["month"]) for one in short] == [(2026, 10), (2026, 11), (2026, 12)]
    (invoice,) = desk.get(f"/ccloud/customers/invoices/{short[-1]['id']}")
    assert invoice["total"] == short[-1]["total"]
    pools = dict(invoice["details"]["pools"])
    total = Decimal(pools.pop("total"))
    costs = [Decimal(cost) for pool in pools.values() for cost in pool["servers"].values()]
    assert len(costs) == 3
    assert total == sum(costs)
    subscriptions = dict(invoice["details"]["subscriptions"])
    booked = Decimal(subscriptions.pop("total"))
    assert booked == sum(Decimal(one["total"]) for one in subscriptions.values()) == 715
    assert total + booked == Decimal(str(invoice["total"]))


def test_a_whole_month_of_a_server_costs_what_its_quote_says() -> None:
    desk = Desk()
    (invoice,) = desk.get("/ccloud/customers/invoices/1")
    billed = invoice["details"]["pools"]["worker"]["servers"]["vs10003"]
    order = {"pool": "pool_iw_ssd", "cores": 4, "memory": 8, "disk": 80, "ostype": "Windows"}
    order["addons"] = [{"name": "antivirus", "count": 1}]
    quote = desk.done("POST", "/ccloud/customers/quotes", order)
    assert Decimal(billed) == Decimal(str(quote["monthly_total"]))


def test_the_preview_bills_started_hours_from_the_creation_on() -> None:
    desk = Desk(seed="empty")
    add_servers(desk.store, DEMO_SERVERS, now=desk.clock.now())
    add_contracts(desk.store, desk.store.all_servers(), desk.clock.now())
    desk.clock.advance(1)
    month = Decimal(desk.get("/ccloud/customers/invoices/1")[0]["details"]["pools"]["total"])
    first = Decimal(desk.get("/ccloud/customers/invoices/preview")[0]["pools"]["total"])
    assert abs(first - month / (31 * 24)) < Decimal("0.03")
    desk.clock.advance(3598)
    preview = desk.get("/ccloud/customers/invoices/preview")[0]
    assert Decimal(preview["pools"]["total"]) == first
    desk.clock.advance(2)
    assert Decimal(desk.get("/ccloud/customers/invoices/preview")[0]["pools"]["total"]) > first
    assert preview["subscriptions"]["S328100-001"] == {"total": "350.00"}
    whole = Decimal(preview["pools"]["total"]) + Decimal(preview["subscriptions"]["total"])
    assert Decimal(preview["total"]) == whole


@pytest.mark.parametrize("number", ["99", "x", "9" * 30])
def test_an_unknown_invoice_is_not_found(number: str) -> None:
    assert Desk().send("GET", f"/ccloud/customers/invoices/{number}").status_code == 404


# The account's addons and their reports


def test_an_addon_of_the_account_is_booked_and_cancelled() -> None:
    desk = Desk()
    path = "/ccloud/customers/addons"
    assert desk.get(path) == [[]]
    assert desk.send("DELETE", f"{path}/report").status_code == 404
    desk.done("PUT", f"{path}/report")
    assert desk.get(path) == [[{"name": "report", "count": 1}]]
    desk.done("DELETE", f"{path}/report")
    assert desk.get(path) == [[]]


@pytest.mark.parametrize(
    ("addon", "body", "field"),
    [
        ("backup", None, "addon"),
        ("report", {"count": 0}, "count"),
        ("report", {"count": 2}, "count"),
        ("report", {"count": "many"}, "count"),
    ],
)
def test_an_addon_that_the_account_cannot_have_is_refused(
    addon: str, body: Any, field: str
) -> None:
    assert list(Desk().refused("PUT", f"/ccloud/customers/addons/{addon}", body)) == [field]


def test_each_month_with_an_invoice_has_a_report() -> None:
    desk = Desk()
    assert desk.get("/ccloud/customers/reports") == [["2026-10", "2026-11", "2026-12"]]
    for month in ("2026-09", "2026-13", "2026-1", "x"):
        assert desk.send("GET", f"/ccloud/customers/reports/{month}").status_code == 404
    assert Desk(seed="empty").get("/ccloud/customers/reports") == [[]]


def test_a_report_is_a_pdf_with_the_months_costs() -> None:
    desk = Desk()
    response = desk.send("GET", "/ccloud/customers/reports/2026-11")
    document = pypdf.PdfReader(io.BytesIO(response.content), strict=True)
    assert document.metadata is not None
    assert document.metadata.title == "Report 2026-11"
    (invoice,) = desk.get("/ccloud/customers/invoices/2")
    text = document.pages[0].extract_text()
    assert f"Total: {invoice['details']['total']}" in text
    assert "vs10001: " in text


@pytest.mark.parametrize("count", [0, 1, LINES_A_PAGE - 2, LINES_A_PAGE - 1, 3 * LINES_A_PAGE])
def test_a_pdf_keeps_every_line_on_as_many_pages_as_it_takes(count: int) -> None:
    lines = [f"line {number}" for number in range(count)]
    document = pypdf.PdfReader(io.BytesIO(write_pdf("title", lines)), strict=True)
    assert len(document.pages) == (count + 1) // LINES_A_PAGE + 1
    text = "\n".join(page.extract_text() for page in document.pages)
    assert [line for line in text.splitlines() if line.startswith("line")] == lines


def test_a_pdf_takes_any_text_as_text() -> None:
    hostile = r"a) Tj (b \ ( ) endstream endobj %%EOF" + "\r\nMüller € 漢"
    document = pypdf.PdfReader(io.BytesIO(write_pdf(hostile, [hostile])), strict=True)
    assert document.metadata is not None
    text = document.pages[0].extract_text()
    for shown in (r"a) Tj (b \ ( ) endstream endobj %%EOF", "Müller ? ?"):
        assert shown in text
        assert shown in str(document.metadata.title)


# Monitoring, and what the panel asks for


def test_the_monitoring_has_an_address_made_anew_each_time() -> None:
    desk = Desk()
    first, second = (desk.get("/ccloud/customers/monitoring")["url"] for _ in range(2))
    assert first.startswith("https://monitoring.sandbox.example/")
    assert first != second


def test_the_panel_has_its_words_in_both_languages() -> None:
    words = Desk().get("/ccloud/lang")
    assert words["de"].keys() == words["en"].keys()


# Performance


@pytest.mark.parametrize(
    ("resource", "units", "elements"),
    [
        ("cpu", "%", {"usage"}),
        ("mem", "Byte", {"used"}),
        ("net", "Byte/s", {"send_persec", "receive_persec"}),
        ("disk", "Byte/s", {"read_persec", "write_persec"}),
    ],
)
def test_performance_has_the_elements_of_its_resource(
    resource: str, units: str, elements: set[str]
) -> None:
    desk = Desk()
    desk.clock.advance(2 * MONTH_S)
    (shown,) = desk.get(f"/ccloud/servers/vs10001/performance/{resource}/month")
    (data,) = shown["data"]
    assert data["units"] == units
    assert len(data["perfdata"]) == 30
    assert {name for values in data["perfdata"] for name in values} == elements


def test_performance_of_a_moment_stays_the_same_and_begins_with_the_server() -> None:
    desk = Desk()
    path = f"/ccloud/servers/{desk.create()}/performance/cpu/hour"

    def measure() -> list[dict[str, int]]:
        values: list[dict[str, int]] = desk.get(path)[0]["data"][0]["perfdata"]
        return values

    assert len(measure()) == 1
    desk.clock.advance(3000)
    earlier = measure()
    assert len(earlier) == 11
    desk.clock.advance(600)
    assert measure()[:10] == earlier[1:]
    assert len({value["usage"] for value in measure()}) > 3


@pytest.mark.parametrize("words", ["ram/day", "cpu/decade"])
def test_performance_of_something_else_is_refused(words: str) -> None:
    (field,) = Desk().refused("GET", f"/ccloud/servers/vs10001/performance/{words}")
    assert field in ("resource", "period")


def test_the_example_servers_have_a_past() -> None:
    desk = Desk()
    for period, count in (("hour", 12), ("day", 24), ("week", 28), ("month", 30), ("year", 14)):
        path = f"/ccloud/servers/vs10001/performance/mem/{period}"
        assert len(desk.get(path)[0]["data"][0]["perfdata"]) == count, period


def test_a_subscription_shows_what_it_holds_beside_resources() -> None:
    first, *_ = Desk().get("/ccloud/customers/subscriptions")["data"]
    assert first["data"]["licenses"] == [{"id": 12708, "count": 4}]
    assert first["data"]["addons"] == [{"name": "monitoring", "count": 4}]
    assert first["tags"] == ["production"]


def test_a_server_of_another_pool_can_be_imported_where_that_is_the_reading() -> None:
    body = {"hostname": "vs10001"}
    assert list(Desk().refused("POST", "/subscriptions/1/import", body)) == ["hostname"]
    Desk(import_other_pool=True).done("POST", "/subscriptions/1/import", body)


def test_an_invoice_names_pools_as_the_example_does() -> None:
    desk = Desk()
    (invoice,) = desk.get("/ccloud/customers/invoices/1")
    assert set(invoice["details"]["pools"]) == {"worker", "performance", "total"}
    assert list(invoice["details"]["pools"]["performance"]["servers"]) == ["vs10001"]
    (preview,) = Desk(seed="empty").get("/ccloud/customers/invoices/preview")
    assert preview["pools"]["worker"] == {"servers": {}, "total": "0.00"}

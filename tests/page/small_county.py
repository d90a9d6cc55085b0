"""A county with a few facts, and the means to add more while somebody looks at the page."""

import datetime
import itertools
import urllib.parse
import uuid

LOCAL = datetime.timezone(datetime.timedelta(hours=8))  # the deployment's time


def _moment(when):
    return when.replace(second=0, microsecond=0).isoformat()


class SmallCounty:
    """明山县 with 东河街道 (with 东河社区 below) and 西岭镇. `ids` holds the organisations' ids by name."""

    ACCOUNT = "office"  # sees the county and all below
    LIAISON_ACCOUNT = "liaison"  # sees 东河街道
    PASSWORD = "another horse battery"

    def __init__(self, server):
        self._server = server
        self._now = datetime.datetime.now(LOCAL)
        self._number = itertools.count(1)
        self._admin = server.call("POST", "/v1/sessions", body={
            "account": "admin", "password": server.ADMIN_PASSWORD})["access_token"]
        self._make_organisations()
        server.settle()
        self._make_user(self.ACCOUNT, "OFFICE", "明山县")
        self._make_user(self.LIAISON_ACCOUNT, "LIAISON", "东河街道")
        self._office = self._make_key("OFFICE")
        self._liaison = self._make_key("LIAISON")
        server.settle()
        self._volunteers = {unit: self._register_volunteer(unit) for unit in ("东河社区", "西岭镇")}
        server.settle()
        self._record_facts()
        server.settle()

    # -- What a test adds -------------------------------------------------------------------------------------------

    def log_hours(self, unit, minutes, days_ago=0):
        """An hour entry of the unit's volunteer that ends now, or earlier; returns its id."""
        starts_at = self._now - datetime.timedelta(days=days_ago, minutes=minutes)
        self._now -= datetime.timedelta(minutes=minutes)  # the next one must not overlap
        return self._server.call("POST", f"/v1/volunteers/{self._volunteers[unit]}/hours", self._liaison, {
            "starts_at": _moment(starts_at), "minutes": minutes, "description": "社区环境整治"})["id"]

    def approve_hours(self, entry):
        self._server.call("POST", f"/v1/hours/{entry}:approve", self._office, {})

    def create_case(self):
        """A case that has just come in at the county; returns its id."""
        return self._server.call("POST", "/v1/cases", self._office, {
            "receiving_unit_id": self.ids["明山县"], "channel": "PHONE", "kind": "COMPLAINT",
            "subject": f"人民路{next(self._number)}号路灯不亮"})["id"]

    def dispatch_case(self, case, unit):
        self._server.call("POST", f"/v1/cases/{case}:accept", self._office, {})
        self._server.call("POST", f"/v1/cases/{case}:dispatch", self._office, {"unit_id": self.ids[unit]})

    def settle(self):
        self._server.settle()

    # -- What the API says ------------------------------------------------------------------------------------------

    def figures(self, unit, first="", last=""):
        """The overview's figures."""
        return self._get("/v1/dashboard/overview", unit, first, last)["figures"]

    def figures_below(self, unit, first="", last=""):
        """The figures of the organisations below, by name."""
        children = self._get("/v1/dashboard/units", unit, first, last)["units"]
        return {child["name"]: child["figures"] for child in children}

    def _get(self, path, unit, first, last):
        parameters = {"unit_id": self.ids[unit], "from": first, "to": last}
        given = urllib.parse.urlencode({name: value for name, value in parameters.items() if value})
        return self._server.call("GET", f"{path}?{given}", self._office)

    # -- What is there from the beginning ---------------------------------------------------------------------------

    def _make_organisations(self):
        job = self._server.call("POST", "/v1/organisations:import", self._admin, "\n".join([
            "code,name,parent_code,level", "MS,明山县,,DISTRICT", "MS-01,东河街道,MS,TOWNSHIP",
            "MS-0101,东河社区,MS-01,COMMUNITY", "MS-02,西岭镇,MS,TOWNSHIP"]))
        self._server.wait_for_job(job, self._admin)
        there = self._server.call("GET", "/v1/organisations", self._admin)["organisations"]
        self.ids = {organisation["name"]: organisation["id"] for organisation in there}

    def _make_user(self, account, role, unit):
        user = self._server.call("POST", "/v1/users", self._admin, {
            "account": account, "display_name": account, "password": self.PASSWORD, "unit_id": self.ids[unit]})
        self._server.call("POST", "/v1/grants", self._admin, {
            "user_id": user["id"], "role": role, "unit_id": self.ids[unit]})

    def _make_key(self, role):
        return self._server.call("POST", "/v1/api-keys", self._admin, {
            "name": role, "role": role, "unit_id": self.ids["明山县"],
            "expires_at": _moment(self._now + datetime.timedelta(hours=1))})["secret"]

    def _register_volunteer(self, unit):
        number = next(self._number)
        return self._server.call("POST", "/v1/volunteers", self._office, {
            "display_name": f"志愿者{number}", "phone": f"1990000{number:04}", "unit_id": self.ids[unit]})["id"]

    def _record_facts(self):
        """Some of most kinds, in this month and long before it; the townships differ from each other."""
        self.approve_hours(self.log_hours("东河社区", 90))
        self.approve_hours(self.log_hours("西岭镇", 120, days_ago=400))
        self.log_hours("西岭镇", 45)
        self.create_case()
        self.dispatch_case(self.create_case(), "东河街道")
        self._import_old_case()
        self._inspect("东河社区")
        self._server.call("POST", "/v1/placements", self._office, {
            "unit_id": self.ids["西岭镇"], "medium": "BILLBOARD", "theme": "CIVILITY", "place": "西岭镇政府门口",
            "installed_on": self._now.date().isoformat()})
        self._server.call("POST", "/v1/briefs", self._office, {
            "unit_id": self.ids["东河街道"], "kind": "NEWS", "title": "东河街道开展志愿服务", "progress": "组织人员清扫背街小巷。"})

    def _import_old_case(self):
        received = self._now - datetime.timedelta(days=400)
        job = self._server.call(
            "POST", f"/v1/cases:import?unit_id={self.ids['西岭镇']}&receiving_unit_id={self.ids['明山县']}&source=mailbox",
            self._office, "message_id,user_id,subject,received_at,detail,reply,replied_at\n"
            f"1,1,道路积水,{_moment(received)},,已疏通,{_moment(received + datetime.timedelta(hours=3))}\n")
        self._server.wait_for_job(job, self._office)

    def _inspect(self, unit):
        point = self._server.call("POST", "/v1/points", self._office, {
            "code": "MS-P1", "name": "东河农贸市场", "type": "农贸市场", "unit_id": self.ids[unit]})["id"]
        finding = {"category": "环境卫生", "description": "地面有积水和垃圾"}
        self._server.call("PUT", f"/v1/inspections/{uuid.uuid4()}", self._office, {
            "point_id": point, "kind": "ROUTINE", "inspected_at": _moment(self._now), "score": 80, "issue_orders": True,
            "findings": [{**finding, "severity": severity} for severity in ("LOW", "HIGH", "HIGH")]})

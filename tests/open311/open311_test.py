"""Open311 as clients that others wrote see it: the georeport package asks and reports, in JSON and XML; every JSON answer
is held against a schema of the protocol; the service requests of a real city are replayed.

usage: open311_test.py --wenming PROGRAM    (scripts/check-open311 brings the packages)
"""

import argparse
import json
import os
import pathlib
import sys
import tempfile
import time
import unittest

import georeport
import jsonschema
import requests
import xmltodict

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "page"))
from wenming_server import Server  # noqa: E402

SCHEMAS = json.loads(pathlib.Path(__file__).with_name("georeport.schema.json").read_text(encoding="utf-8"))
WENMING = None


def judge(name, answer):
    """Holds an answer against what the protocol lets it be."""
    jsonschema.validate(answer, {**SCHEMAS, "$ref": f"#/$defs/{name}"})
    return answer


def as_text(value):
    """What an element of XML holds of a value of JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value == "" else value if isinstance(value, str) else repr(value)


class Open311Test(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.server = cls.enterClassContext(Server(WENMING, cls.folder))
        cls.admin = cls.server.call("POST", "/v1/sessions", body={
            "account": "admin", "password": Server.ADMIN_PASSWORD})["access_token"]
        job = cls.server.call("POST", "/v1/organisations:import", cls.admin,
                              "code,name,parent_code,level\nNYC,New York City,,DISTRICT\nDOT,Transportation,NYC,UNIT\n")
        cls.server.wait_for_job(job, cls.admin)
        there = cls.server.call("GET", "/v1/organisations", cls.admin)["organisations"]
        cls.units = {organisation["code"]: organisation["id"] for organisation in there}
        cls.key = cls.server.call("POST", "/v1/api-keys", cls.admin, {
            "name": "app", "role": "OPERATOR", "unit_id": cls.units["NYC"],
            "expires_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))})["secret"]
        cls.server.settle()
        cls.put_service("LAMP", "Street light", [
            {"code": "pole", "description": "Number of the pole", "datatype": "STRING", "required": True},
            {"code": "fault", "description": "What is wrong", "datatype": "MULTIVALUELIST",
             "choices": [{"key": "dark", "name": "Dark"}, {"key": "leaning", "name": "Leaning"}]}])
        cls.put_service("HOLE", "Pothole")

    @classmethod
    def put_service(cls, code, name, attributes=()):
        cls.server.call("PUT", f"/v1/case-categories/{code}", cls.admin, {"name": name, "attributes": list(attributes)})

    @property
    def root(self):
        return self.server.url + "/open311/v2"

    def client(self, output_format="json"):
        return georeport.GeoReport(self.root, jurisdiction="NYC", api_key=self.key, output_format=output_format)

    def report(self, ending="json", **fields):
        """Reports with the fields given; the HTTP answer."""
        given = {"api_key": self.key, "jurisdiction_id": "NYC", "service_code": "HOLE", "lat": 40.7128, "long": -74.006,
                 "description": "A deep hole", **fields}
        return requests.post(f"{self.root}/requests.{ending}", data={k: v for k, v in given.items() if v is not None},
                             timeout=30)

    def test_lists_services_in_both_formats(self):
        services = judge("services", self.client().get_service_list())
        self.assertEqual([service["metadata"] for service in services if service["service_code"] in ("HOLE", "LAMP")],
                         [False, True])
        in_xml = self.client("xml").get_service_list()
        self.assertEqual(in_xml, [{name: as_text(value) for name, value in service.items()} for service in services])

    def test_says_what_a_service_asks(self):
        definition = judge("definition", self.client().get_service_definition("LAMP"))
        self.assertEqual([attribute["order"] for attribute in definition["attributes"]], [1, 2])
        in_xml = self.client("xml").get_service_definition("LAMP")
        pole = in_xml["attributes"]["attribute"][0] if "attributes" in in_xml else in_xml["attribute"][0]
        self.assertEqual(pole["code"], "pole")

    def test_takes_a_report_and_shows_it(self):
        receipt = judge("receipt", self.report(first_name="Ada", last_name="Smith", phone="13800005678").json())[0]
        shown = self.client().get_service_request(receipt["service_request_id"])
        judge("requests", [shown])
        self.assertEqual((shown["lat"], shown["long"], shown["status"]), (40.7128, -74.006, "open"))
        self.assertNotIn("Smith", json.dumps(shown))
        in_xml = self.client("xml").get_service_request(receipt["service_request_id"])
        self.assertEqual(in_xml, {name: as_text(value) for name, value in shown.items()})
        token = requests.get(f"{self.root}/tokens/{receipt['token']}.json", timeout=30).json()
        self.assertEqual(judge("receipt", token)[0]["service_request_id"], receipt["service_request_id"])

    def test_takes_answers_to_attributes(self):
        refused = self.report(service_code="LAMP")
        self.assertEqual((refused.status_code, judge("errors", refused.json())[0]["code"]), (400, 400))
        taken = self.report(service_code="LAMP", **{"attribute[pole]": "A-17", "attribute[fault][]": ["dark", "leaning"]})
        self.assertEqual(taken.status_code, 201, taken.text)

    def test_answers_a_report_in_xml(self):
        receipt = xmltodict.parse(self.report("xml").content)["service_requests"]["request"]
        self.assertTrue(receipt["service_request_id"])
        errors = xmltodict.parse(self.report("xml", api_key="wrong").content)["errors"]["error"]
        self.assertEqual(errors["code"], "403")

    def test_names_every_error_in_the_form_of_the_protocol(self):
        cases = [(self.report(api_key=None), 403), (self.report(api_key="wrong"), 403), (self.report(service_code="NONE"), 404),
                 (self.report(jurisdiction_id="NOWHERE"), 404), (self.report(lat=None, long=None), 400),
                 (self.report(lat=None), 400), (self.report(lat="north"), 400), (self.report(service_code=None), 400),
                 (requests.get(f"{self.root}/requests/none.json", timeout=30), 404),
                 (requests.get(f"{self.root}/services/NONE.json", timeout=30), 404),
                 (requests.get(f"{self.root}/requests.json?start_date=soon", timeout=30), 400),
                 (requests.get(f"{self.root}/requests.json?status=lost", timeout=30), 400)]
        for answer, status in cases:
            with self.subTest(url=answer.url):
                self.assertEqual(answer.status_code, status, answer.text)
                self.assertEqual({error["code"] for error in judge("errors", answer.json())}, {status})

    def test_reports_once_however_often_it_is_sent(self):
        headers = {"Idempotency-Key": "a-report-of-an-app-0001"}
        data = {"api_key": self.key, "service_code": "HOLE", "address_string": "Main Street 1"}
        first, second = (requests.post(f"{self.root}/requests.json", data=data, headers=headers, timeout=30).json()
                         for _ in range(2))
        self.assertEqual(first[0]["service_request_id"], second[0]["service_request_id"])

    def test_tells_what_happened_since(self):
        case = self.report().json()[0]["service_request_id"]
        self.server.call("POST", f"/v1/cases/{case}:accept", self.key, {})
        updates = requests.get(f"{self.root}/servicerequestupdates.json", timeout=30).json()
        self.assertIn((case, "open"), [(update["service_request_id"], update["status"]) for update in updates])
        added = requests.post(f"{self.root}/servicerequestupdates.json", timeout=30, data={
            "api_key": self.key, "service_request_id": case, "description": "It has grown."})
        self.assertEqual(added.status_code, 201, added.text)

    def test_says_where_it_is_spoken(self):
        discovery = requests.get(f"{self.root}/discovery.json", timeout=30).json()
        self.assertEqual(discovery["endpoints"][0]["url"], self.root)

    @unittest.skipUnless(os.environ.get("WENMING_SAMPLES"), "WENMING_SAMPLES names no folder of real records")
    def test_replays_the_service_requests_of_a_city(self):
        file = pathlib.Path(os.environ["WENMING_SAMPLES"], "open311/nyc_service_requests.json")
        rows = json.loads(file.read_text(encoding="utf-8"))
        codes = {}
        for row in rows:
            kind = (row["complaint_type"], row.get("descriptor", ""))
            if kind not in codes:
                codes[kind] = f"NYC{len(codes):03}"
                self.put_service(codes[kind], ": ".join(filter(None, kind)))
        session = requests.Session()
        begun = time.monotonic()
        sent = {}
        for row in rows:
            fields = {"api_key": self.key, "jurisdiction_id": "NYC",
                      "service_code": codes[row["complaint_type"], row.get("descriptor", "")],
                      "address_string": row.get("incident_address") or row.get("intersection_street_1") or row["borough"],
                      "description": row.get("resolution_description", "")}
            if "latitude" in row:
                fields |= {"lat": row["latitude"], "long": row["longitude"]}
            answer = session.post(f"{self.root}/requests.json", data=fields, timeout=30,
                                  headers={"Idempotency-Key": f"nyc-{row['unique_key']}"})
            self.assertEqual(answer.status_code, 201, answer.text)
            sent[judge("receipt", answer.json())[0]["service_request_id"]] = fields
        seconds = time.monotonic() - begun
        print(f"{len(rows)} service requests in {seconds:.1f} s, {len(codes)} services", flush=True)
        self.assertEqual(len(sent), len(rows))

        told = {}
        page = 1
        while True:
            answer = session.get(f"{self.root}/requests.json", timeout=30, params={"page": page, "page_size": 300})
            for request in judge("requests", answer.json()):
                told[request["service_request_id"]] = request
            if "next" not in answer.links:
                break
            page += 1
        for id_, fields in sent.items():
            request = told[id_]
            self.assertEqual(request["service_code"], fields["service_code"])
            self.assertEqual(request["address"], fields["address_string"])
            self.assertEqual(request.get("lat"), float(fields["lat"]) if "lat" in fields else None)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wenming", required=True)
    options, rest = parser.parse_known_args()
    WENMING = options.wenming
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)

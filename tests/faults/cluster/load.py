"""A mixed load with a ledger: clients that play stories and write down every answer.

A story is what happens to one resource, request by request, some of them against a rule. A request without an answer is sent
again, with the same key, until there is one; so at every moment each client has at most one request in doubt."""
import datetime
import random
import threading
import time
import uuid

from cluster.careful import Editor, Refresher
from cluster.client import Client
from cluster.cluster import SERVICES, eventually

VOLUNTEERS, POINTS = 16, 18
PAUSE = 0.02  # seconds between two requests of a client: what is being killed is to have work, not to be flooded
REPEATED = 0.1  # of requests, sent once more after their answer
CLERK = ("clerk", "correct horse battery")
CHINA = datetime.timezone(datetime.timedelta(hours=8))


class County:
    """What the load happens in: a district with three townships of two communities each. `first_day` is the day before."""

    def __init__(self, cluster):
        admin = Client(cluster.port, account=("admin", cluster.password()))
        settle(cluster)
        rows = ["code,name,parent_code,level", "D,明山县,,district"]
        for town in range(1, 4):
            rows += [f"D{town},第{town}镇,D,township"] + [f"D{town}{i},第{town}镇{i}村,D{town},community" for i in (1, 2)]
        job = admin.call("POST", "/v1/organisations:import", "\n".join(rows).encode() + b"\n", content_type="text/csv")
        while job["state"] in ("QUEUED", "RUNNING"):
            time.sleep(0.05)
            job = admin.call("GET", f"/v1/jobs/{job['service']}/{job['id']}")
        assert job["state"] == "DONE" and job["refused"] == 0, job
        self.units = [unit["id"] for unit in sorted(admin.each("/v1/organisations", "organisations"), key=lambda u: u["code"])]
        # Longer than any jump of the clock.
        expires = datetime.datetime.now(CHINA) + datetime.timedelta(days=360)
        self.keys = {role: admin.call("POST", "/v1/api-keys", {
            "name": role, "role": role, "expires_at": expires.isoformat(timespec="seconds")})["secret"]
            for role in ("OFFICE", "LIAISON")}
        settle(cluster)
        office = Client(cluster.port, self.keys["OFFICE"])
        self.volunteers = [office.call("POST", "/v1/volunteers", {
            "display_name": "李华", "phone": f"1990000{i:04}", "unit_id": self.units[i % len(self.units)]})["id"]
            for i in range(VOLUNTEERS)]
        self.points = [office.call("POST", "/v1/points", {
            "name": f"点位{i}", "unit_id": self.units[i % len(self.units)]})["id"] for i in range(POINTS)]
        admin.call("POST", "/v1/users", {"account": CLERK[0], "display_name": "文员", "password": CLERK[1]})
        self.edited = office.call("POST", "/v1/points", {"name": "改名", "unit_id": self.units[0]})["id"]
        self.first_day = datetime.datetime.now(CHINA).date() - datetime.timedelta(days=1)
        settle(cluster)


class Step:
    """One request of a story. `{id}` in the target is what the first answer named."""

    def __init__(self, hand, verb, target, body, forbidden=False):
        self.hand, self.verb, self.target, self.body, self.forbidden = hand, verb, target, body, forbidden


class Story:
    """With what its client was told: `done` names the steps that were accepted."""

    def __init__(self, collection, marker, steps, actions):
        self.collection, self.marker, self.steps = collection, marker, steps
        self._actions = actions  # of the steps that are to be accepted, as the histories call them
        self.id, self.done = None, []

    def accepted(self, body):
        self.id = self.id or body["id"]
        self.done.append(self._actions[len(self.done)])


class Storyteller:
    """Invents stories for one client. The same seed invents the same stories; clients share no volunteers."""

    def __init__(self, county, seed, client, clients):
        self._county, self._client, self._chance = county, client, random.Random(f"{seed}-{client}")
        self._volunteers = county.volunteers[client::clients]
        self._told, self._slots = 0, 0

    def next(self):
        kind = self._chance.choices((self._hours, self._case, self._inspection, self._placement), (4, 4, 3, 2))[0]
        self._told += 1
        return kind()

    def _story(self, collection, steps, actions):
        return Story(collection, self._marker(collection), steps, actions)

    def _marker(self, collection):
        return f"{collection[0]}{self._client}-{self._told}"

    def _likely(self, share):
        return self._chance.random() < share

    def _hours(self):
        slot, self._slots = self._slots, self._slots + 1
        target = f"/v1/volunteers/{self._volunteers[slot % len(self._volunteers)]}/hours"
        # One an hour, backwards; those of 23:30 run over midnight.
        begins = datetime.datetime.combine(self._county.first_day, datetime.time(0, 30), CHINA)
        begins -= datetime.timedelta(hours=slot // len(self._volunteers) + 1)

        def logged(moment, text):
            return {"starts_at": moment.isoformat(), "minutes": 45, "description": text}

        def act(action, forbidden=False):
            body = {} if action == "approve" else {"reason": "checked"}
            return Step("OFFICE", "POST", f"/v1/hours/{{id}}:{action}", body, forbidden)

        steps, actions = [Step("LIAISON", "POST", target, logged(begins, self._marker("hours")))], ["PENDING"]
        if self._likely(0.3):
            overlapping = logged(begins + datetime.timedelta(minutes=5), "overlaps")
            steps.append(Step("LIAISON", "POST", target, overlapping, forbidden=True))
        if self._likely(0.1):
            steps, actions = [*steps, act("reject")], [*actions, "REJECTED"]
        elif self._likely(0.7):
            steps, actions = [*steps, act("approve")], [*actions, "APPROVED"]
            if self._likely(0.2):
                steps.append(act("approve", forbidden=True))
            if self._likely(0.2):
                steps, actions = [*steps, act("revoke")], [*actions, "REVOKED"]
        return self._story("hours", steps, actions)

    def _case(self):
        by_citizen = self._likely(0.3)
        received = {"receiving_unit_id": self._county.units[0], "channel": "WEB_MAILBOX" if by_citizen else "PHONE",
                    "kind": "COMPLAINT", "subject": self._marker("cases"), "anonymous": by_citizen}
        steps, actions = [Step("CITIZEN" if by_citizen else "OFFICE", "POST", "/v1/cases", received)], ["RECEIVE"]

        def act(hand, action, body, forbidden=False):
            steps.append(Step(hand, "POST", f"/v1/cases/{{id}}:{action.lower().replace('_', '-')}", body, forbidden))
            if not forbidden:
                actions.append(action if action != "CALL_BACK" else "CALL_BACK_SATISFIED")

        # An hour, so that a clock which jumps by days finds it over.
        dispatched = {"unit_id": self._chance.choice(self._county.units), "working_hours": 1}
        course = [("OFFICE", "ACCEPT", {}), ("OFFICE", "DISPATCH", dispatched),
                  ("LIAISON", "SIGN", {}), ("LIAISON", "REPLY", {"text": "done"}),
                  ("OFFICE", "CALL_BACK", {"satisfied": True}), ("OFFICE", "CLOSE", {})]
        if self._likely(0.15):
            act("OFFICE", "DECLINE", {"reason": "not ours"})
            return self._story("cases", steps, actions)
        for number, (hand, action, body) in enumerate(course[:self._chance.randrange(7)]):
            act(hand, action, body)
            if number == 0 and self._likely(0.2):
                act("LIAISON", "SIGN", {}, forbidden=True)
        return self._story("cases", steps, actions)

    def _inspection(self):
        """By somebody who signed in: the only steps that need a session."""
        visited = datetime.datetime.combine(self._county.first_day, datetime.time(10), CHINA)
        visited -= datetime.timedelta(days=self._chance.randrange(40), minutes=self._chance.randrange(400))
        findings = [{"category": "order", "severity": self._chance.choice(("LOW", "MODERATE", "HIGH"))}
                    for _ in range(self._chance.randrange(3))]
        report = {"point_id": self._chance.choice(self._county.points), "kind": "ROUTINE", "inspected_at": visited.isoformat(),
                  "findings": findings, "issue_orders": True, "remarks": self._marker("inspections")}
        target = f"/v1/inspections/{uuid.UUID(int=self._chance.getrandbits(128), version=4)}"
        steps = [Step("ADMIN", "PUT", target, report)]
        if self._likely(0.3):
            steps.append(Step("ADMIN", "PUT", target, {**report, "remarks": "something else"}, forbidden=True))
        return self._story("inspections", steps, ["REPORT"])

    def _placement(self):
        def placed(day):
            return {"unit_id": self._chance.choice(self._county.units), "medium": "BILLBOARD", "theme": "CIVILITY",
                    "place": self._marker("placements"), "installed_on": day}

        installed = self._county.first_day - datetime.timedelta(days=self._chance.randrange(40))
        steps, actions = [], ["PLACE"]
        if self._likely(0.3):
            steps.append(Step("OFFICE", "POST", "/v1/placements", placed("2099-01-01"), forbidden=True))
        steps.append(Step("OFFICE", "POST", "/v1/placements", placed(installed.isoformat())))
        for _ in range(self._chance.randrange(3)):
            condition = self._chance.choice(("GOOD", "FADED", "DAMAGED", "MISPRINT", "OFF", "OUTDATED"))
            steps.append(Step("OFFICE", "POST", "/v1/placements/{id}:report-condition", {"condition": condition}))
            actions.append(condition)
        return self._story("placements", steps, actions)


class Player(threading.Thread):
    """Plays one story after the other. Its ledger may be read while nobody plays."""

    def __init__(self, cluster, county, seed, number, players, pause):
        super().__init__(daemon=True)
        self._pause = pause
        self._teller, self._chance = Storyteller(county, seed, number, players), random.Random(f"{seed}-{number}-again")
        self._hands = {role: Client(cluster.port, secret) for role, secret in county.keys.items()}
        self._hands |= {"CITIZEN": Client(cluster.port), "ADMIN": Client(cluster.port, account=("admin", cluster.password()))}
        self.ended, self.turn = threading.Event(), threading.Lock()
        self.stories, self.failure = [], None
        self.acknowledged = self.refused = self.repeated = 0

    def run(self):
        try:
            while not self.ended.is_set():
                story = self._teller.next()
                self.stories.append(story)
                for number, step in enumerate(story.steps):
                    with self.turn:
                        self._take(story, number, step)
                    time.sleep(self._pause)
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = failure

    def _take(self, story, number, step):
        answer = self._send(story, number, step)
        if not (answer.refused if step.forbidden else answer.accepted):
            raise RuntimeError(f"{story.marker}, step {number}: {step.verb} {step.target} of {story.id}: {answer}")
        if step.forbidden:
            self.refused += 1
            return
        story.accepted(answer.json())
        self.acknowledged += 1
        if self._chance.random() < REPEATED:
            again = self._send(story, number, step)
            if not again.accepted or again.json()["id"] != story.id or (step.verb == "POST" and not again.replayed):
                raise RuntimeError(f"{story.marker}, step {number}, sent again: {again}")
            self.repeated += 1

    def _send(self, story, number, step):
        key = f"{story.marker}/{number}" if step.verb == "POST" else None
        return self._hands[step.hand].ask(step.verb, step.target.replace("{id}", story.id or ""), step.body, key)

    @property
    def renewals(self):
        return self._hands["ADMIN"].renewals

    @property
    def failures(self):
        return sum(client.failures for client in self._hands.values())

    @property
    def last_failure(self):
        return next((client.last_failure for client in self._hands.values() if client.last_failure), None)


class Reader(threading.Thread):
    """Looks at the dashboards all the time, so that their caches are never empty."""

    def __init__(self, cluster, county, seed):
        super().__init__(daemon=True)
        self._client, self._county = Client(cluster.port, account=("admin", cluster.password())), county
        self._chance, self.ended, self.failure = random.Random(f"{seed}-reader"), threading.Event(), None
        self.answers = 0

    @property
    def failures(self):
        return self._client.failures

    @property
    def last_failure(self):
        return self._client.last_failure

    def run(self):
        try:
            while not self.ended.is_set():
                self.answers += 1
                self._client.get(self._chance.choice(dashboard_targets(self._county)))
                time.sleep(PAUSE)
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = failure


class Load:
    """All clients. Plays while the context stands; at its end no request is in doubt."""

    def __init__(self, cluster, county, seed, players=4, pause=PAUSE):
        self._players = [Player(cluster, county, seed, number, players, pause) for number in range(players)]
        self._reader = Reader(cluster, county, seed)
        self.editor = Editor(cluster.port, county.keys["OFFICE"], county.edited)
        self._writers = (*self._players, self.editor, Refresher(cluster.port, *CLERK))
        for client in (*self._writers, self._reader):
            client.start()

    def stop(self):
        for client in (*self._writers, self._reader):
            client.ended.set()
        for client in (*self._writers, self._reader):
            client.join()
        self.check()

    def check(self):
        for client in (*self._writers, self._reader):
            if client.failure:
                raise client.failure

    def pause(self):
        """Returns once nobody has a request under way; nobody begins one until `go_on`."""
        for writer in self._writers:
            writer.turn.acquire()

    def go_on(self):
        for writer in self._writers:
            writer.turn.release()

    def goes_on(self, acknowledgements, seconds):
        """Waits until every client has so many more of its writes acknowledged."""
        before = [writer.acknowledged for writer in self._writers]

        def all_did():
            self.check()
            return all(writer.acknowledged >= b + acknowledgements for writer, b in zip(self._writers, before))

        eventually(all_did, seconds, lambda: "writes do not come back: since the fault the clients had acknowledged " +
                   str([writer.acknowledged - b for writer, b in zip(self._writers, before)]))

    def stories(self):
        return [story for player in self._players for story in player.stories]

    def failures(self):
        """Every attempt, of writers and the reader, that got no answer or one that says to ask again; an example beside it."""
        clients = (*self._writers, self._reader)
        return sum(client.failures for client in clients), next((c.last_failure for c in clients if c.failures), None)

    def looked(self):
        return self._reader.answers

    def count(self, kind):
        return sum(getattr(player, kind) for player in self._players)

    def text(self):
        kinds = ("acknowledged", "refused", "repeated", "failures", "renewals")
        once = sum(writer.acknowledged for writer in self._writers) - self.count("acknowledged")
        return ", ".join([*(f"{self.count(kind)} {kind}" for kind in kinds), f"{once} without a key"])


def dashboard_targets(county):
    targets = []
    for unit in ("", *county.units):
        targets += [f"/v1/dashboard/overview?unit_id={unit}", f"/v1/dashboard/units?unit_id={unit}&page_size=20",
                    f"/v1/dashboard/overview?unit_id={unit}&from={county.first_day.replace(day=1)}&to={county.first_day}",
                    f"/v1/dashboard/trends?unit_id={unit}&metric=CASES_RECEIVED&from=2026-01-01&to={county.first_day}&step=MONTH"]
    return targets


def settle(cluster, seconds=120):
    """Waits until all services have heard of everything; several times in a row, because news may be on their way."""
    client, in_a_row, answer = Client(cluster.port), 0, None

    def settled():
        nonlocal in_a_row, answer
        answer = client.send("GET", "/readyz?settled&verbose")
        # A process that does not send events does not know how many wait; so there has to be one that does.
        sending = all(f"{service}: to Kafka sending".encode() in answer.body for service in SERVICES if service != "dashboard")
        in_a_row = in_a_row + 1 if answer.status == 200 and sending else 0
        return in_a_row == 5

    eventually(settled, seconds, lambda: f"the services do not settle:\n{answer}")

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a CSE in this process through the library's typelib. Prints TAP."""

import json

import gi

gi.require_version("Gatehouse", "1")
from gi.repository import Gatehouse, GLib  # noqa: E402

cases = 0
failed = 0


def check(good, what):
    global cases, failed
    cases += 1
    failed += not good
    print("ok" if good else "not ok", cases, "-", what)


def wait(start, finish):
    """Calls start(callback), and finish(result) when the callback was called."""
    loop = GLib.MainLoop()
    results = []

    def done(_source, result):
        results.append(result)
        loop.quit()

    start(done)
    loop.run()
    return finish(results[0])


def ask(cse, **members):
    request = json.dumps({"rqi": "1", "rvi": "3", "fr": "CAdmin", **members})
    return json.loads(
        wait(lambda done: cse.request_async(request, None, done), cse.request_finish)
    )


def refusal(function, *arguments):
    """The error that the call raises, or None."""
    try:
        function(*arguments)
    except GLib.Error as error:
        return error
    return None


check(Gatehouse.version_string().count(".") == 2, "the version has three parts")

error = refusal(Gatehouse.Cse.new, "/nonexistent/gatehouse.conf", False)
check(
    error is not None and error.matches(Gatehouse.error_quark(), Gatehouse.Error.CONFIG),
    "a configuration that is not there is an error of our domain",
)
check(error is not None and "/nonexistent" in error.message, "it names the file")

cse = Gatehouse.Cse.new(None, False)
cse.set_option("plugins", "load", "")
cse.set_option("store", "type", "memory")
error = refusal(cse.set_option, "cse", "nonsense", "1")
check(error is not None and "nonsense" in error.message, "an unknown key is refused by its name")
check(cse.dup_option("store", "type") == "memory", "what was set is in force")
cse.set_local_identities(["CAdmin"])
check(wait(lambda done: cse.start_async(None, done), cse.start_finish), "it starts")
check(cse.dup_urls() == [], "it listens nowhere")
check(cse.dup_status().unpack()["state"] == "running", "its status says that it runs")

answer = ask(cse, op=1, to="gatehouse", ty=3, pc={"m2m:cnt": {"rn": "room"}})
check(answer["rsc"] == 2001, "a container is created")
answer = ask(cse, op=1, to="gatehouse/room", ty=4, pc={"m2m:cin": {"con": "21.5"}})
check(answer["rsc"] == 2001, "and an instance in it")
answer = ask(cse, op=2, to="gatehouse/room/la")
check(answer["pc"]["m2m:cin"]["con"] == "21.5", "the latest instance is what was written")
check(ask(cse, op=2, to="gatehouse/nothing")["rsc"] == 4004, "a refusal is an answer")
check(ask(cse, op=2, to="gatehouse", fr="COther")["rsc"] == 4106, "nobody else may be claimed")
answer = json.loads(wait(lambda done: cse.request_async("{", None, done), cse.request_finish))
check(answer["rsc"] == 4000, "what is no primitive is answered, too")

seen = []
cse.set_command_func(lambda *arguments: seen.append(arguments))
cse.set_command_func(None)
error = refusal(cse.report_command, "nothing", "succeeded", None)
check(error is not None, "a command that nobody gave cannot be reported")
check(Gatehouse.error_status(Gatehouse.Error.NOT_FOUND) == 4004, "errors have their status codes")
check(wait(lambda done: cse.stop_async(None, done), cse.stop_finish), "it stops")
error = refusal(
    lambda: wait(lambda done: cse.request_async("{}", None, done), cse.request_finish)
)
check(error is not None, "afterwards there is nobody to ask")
print(f"1..{cases}")
raise SystemExit(1 if failed else 0)

// SPDX-License-Identifier: LGPL-2.1-or-later
// A CSE inside a Vala program: keeps a measurement, and reads it back.
//   valac --pkg gatehouse-1 --pkg json-glib-1.0 embedded.vala && ./embedded

async Json.Object ask (Gatehouse.Cse cse, string primitive) throws Error {
    var response = yield cse.request_async (primitive, null);
    return Json.from_string (response).get_object ();
}

async void keep_a_measurement () throws Error {
    var cse = new Gatehouse.Cse (null, false);
    cse.set_option ("plugins", "load", "");   // nobody else is served
    cse.set_option ("store", "type", "memory");
    cse.set_local_identities ({ "CAdmin" });
    try {
        cse.set_option ("cse", "nonsense", "1");
    } catch (Gatehouse.Error error) {
        printerr ("%s\n", error.message);
    }
    yield cse.start_async (null);

    yield ask (cse, """{"op":1,"rqi":"1","rvi":"3","fr":"CAdmin","to":"gatehouse","ty":3,
                        "pc":{"m2m:cnt":{"rn":"room"}}}""");
    yield ask (cse, """{"op":1,"rqi":"2","rvi":"3","fr":"CAdmin","to":"gatehouse/room","ty":4,
                        "pc":{"m2m:cin":{"con":"21.5"}}}""");
    var answer = yield ask (cse, """{"op":2,"rqi":"3","rvi":"3","fr":"CAdmin",
                                     "to":"gatehouse/room/la"}""");
    var instance = answer.get_object_member ("pc").get_object_member ("m2m:cin");
    print ("%s\n", instance.get_string_member ("con"));

    yield cse.stop_async (null);
}

int main () {
    var loop = new MainLoop ();
    var status = 1;
    keep_a_measurement.begin ((source, result) => {
        try {
            keep_a_measurement.end (result);
            status = 0;
        } catch (Error error) {
            printerr ("%s\n", error.message);
        }
        loop.quit ();
    });
    loop.run ();
    return status;
}

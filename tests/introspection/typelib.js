// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs a CSE in this process through the library's typelib, from GJS. Prints TAP.
imports.gi.versions.Gatehouse = '1';
const {Gatehouse, GLib} = imports.gi;

let cases = 0;
let failed = 0;

function check(good, what) {
  cases++;
  if (!good)
    failed++;
  print(`${good ? 'ok' : 'not ok'} ${cases} - ${what}`);
}

function wait(start, finish) {
  const loop = new GLib.MainLoop(null, false);
  let result = null;
  start((source, outcome) => {
    result = outcome;
    loop.quit();
  });
  loop.run();
  return finish(result);
}

function ask(cse, members) {
  const request = JSON.stringify({rqi: '1', rvi: '3', fr: 'CAdmin', ...members});
  return JSON.parse(wait(done => cse.request_async(request, null, done),
    result => cse.request_finish(result)));
}

check(Gatehouse.version_string().split('.').length === 3, 'the version has three parts');
let caught = null;
try {
  Gatehouse.Cse.new('/nonexistent/gatehouse.conf', false);
} catch (error) {
  caught = error;
}
check(caught !== null && caught.matches(Gatehouse.Error, Gatehouse.Error.CONFIG),
  'a configuration that is not there is an error of our domain');

const cse = Gatehouse.Cse.new(null, false);
cse.set_option('plugins', 'load', '');
cse.set_option('store', 'type', 'memory');
cse.set_local_identities(['CAdmin']);
check(wait(done => cse.start_async(null, done), result => cse.start_finish(result)), 'it starts');
check(ask(cse, {op: 1, to: 'gatehouse', ty: 3, pc: {'m2m:cnt': {rn: 'room'}}}).rsc === 2001,
  'a container is created');
check(ask(cse, {op: 1, to: 'gatehouse/room', ty: 4, pc: {'m2m:cin': {con: '21.5'}}}).rsc === 2001,
  'and an instance in it');
check(ask(cse, {op: 2, to: 'gatehouse/room/la'}).pc['m2m:cin'].con === '21.5',
  'the latest instance is what was written');
check(ask(cse, {op: 2, to: 'gatehouse', fr: 'COther'}).rsc === 4106, 'nobody else may be claimed');
check(wait(done => cse.stop_async(null, done), result => cse.stop_finish(result)), 'it stops');
print(`1..${cases}`);
imports.system.exit(failed ? 1 : 0);

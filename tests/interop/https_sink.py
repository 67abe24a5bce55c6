# SPDX-License-Identifier: LGPL-2.1-or-later
"""A target of notifications over TLS: https_sink.py CERTIFICATE KEY CIPHERS LOG

Prints its port, answers every POST with 2000, and writes what came to LOG.
"""
import http.server
import ssl
import sys


class Sink(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
        with open(sys.argv[4], 'ab') as log:
            log.write(self.headers.get('X-M2M-Origin', '-').encode() + b' ' + body + b'\n')
        self.send_response(200)
        self.send_header('X-M2M-RSC', '2000')
        self.send_header('X-M2M-RI', self.headers.get('X-M2M-RI', ''))
        self.send_header('Content-Length', '0')
        self.end_headers()

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Sink)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.set_ciphers(sys.argv[3])
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()

"""An HTTPS server behind Windows sign-in as GSSAPI does it (gss-ntlmssp, MIT
Kerberos), with Extended Protection: a sign-in must carry the channel binding
tls-server-end-point (RFC 5929) of the certificate BOUND.

accept.py MECHANISM CERTIFICATE KEY BOUND ANSWER

MECHANISM is ntlm or negotiate; the others are files, and ANSWER is what everybody gets
who signed in. It says its port, then a line for each sign-in and each refusal.
"""

import base64
import hashlib
import http.server
import socketserver
import ssl
import sys

import gssapi

mechanism, certificate, key, bound, answer = sys.argv[1:]
NTLMSSP = gssapi.OID.from_int_seq("1.3.6.1.4.1.311.2.2.10")
with open(bound) as file:
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read())).digest()
binding = gssapi.raw.ChannelBindings(application_data=b"tls-server-end-point:" + digest)
with open(answer, "rb") as file:
    body = file.read()


def acceptor():
    if mechanism == "ntlm":
        credentials = gssapi.Credentials(usage="accept", mechs=[NTLMSSP])
    else:
        credentials = gssapi.Credentials(usage="accept")
    return gssapi.SecurityContext(creds=credentials, usage="accept", channel_bindings=binding)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    context = None
    account = None

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() not in ("ntlm", "negotiate"):
            if self.account:
                self.reply(200, body, None)
            else:
                self.reply(401, b"", "")
            return
        try:
            token = base64.b64decode(token)
            if self.context is None or mechanism == "negotiate":
                self.account, self.context = None, acceptor()
            out = self.context.step(token) or b""
            complete = self.context.complete  # tells of an error, too
        except gssapi.exceptions.GSSError as error:
            print("refused", repr(error), flush=True)
            self.context = None
            self.reply(401, b"", "")
            return
        if not complete:
            self.reply(401, b"", base64.b64encode(out).decode())
            return
        self.account, self.context = str(self.context.initiator_name), None
        print("in", self.account, flush=True)
        self.reply(200, body, base64.b64encode(out).decode() or None)

    do_GET = do_POST

    def reply(self, status, content, token):
        self.send_response(status)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        if token is not None:
            scheme = "NTLM" if mechanism == "ntlm" else "Negotiate"
            self.send_header("WWW-Authenticate", (scheme + " " + token).strip())
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


server = Server(("127.0.0.1", 0), Handler)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(certificate, key)
server.socket = tls.wrap_socket(server.socket, server_side=True)
print("port", server.server_address[1], flush=True)
server.serve_forever()

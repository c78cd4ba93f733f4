#!/usr/bin/env python3
"""A time-stamp authority for the demo: HTTP on loopback, `openssl ts` does the work. Its root is FOLDER/tsa-root.pem.

    tsa_server.py FOLDER         prints the port it listens on
"""
import http.server
import pathlib
import subprocess
import sys

CONFIG = """
[tsa]
default_tsa = demo
[demo]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
certs = {folder}/tsa-root.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[usage]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
"""


def openssl(*words, **more):
    return subprocess.run(["openssl", *words], check=True, capture_output=True, **more).stdout


def make_authority(folder):
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", f"{folder}/tsa-root.key", "-out", f"{folder}/tsa-root.pem", "-days", "30",
            "-subj", "/CN=Demo time-stamp root")
    openssl("req", "-new", *key, "-keyout", f"{folder}/tsa.key", "-out", f"{folder}/tsa.csr", "-subj",
            "/CN=Demo time-stamp authority")
    openssl("x509", "-req", "-in", f"{folder}/tsa.csr", "-CA", f"{folder}/tsa-root.pem", "-CAkey",
            f"{folder}/tsa-root.key", "-CAcreateserial", "-days", "30", "-extfile", f"{folder}/tsa.cnf", "-extensions",
            "usage", "-out", f"{folder}/tsa.pem")


class Authority(http.server.BaseHTTPRequestHandler):
    folder = None

    def do_POST(self):
        query = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        (self.folder / "query.tsq").write_bytes(query)
        try:
            reply = openssl("ts", "-reply", "-config", f"{self.folder}/tsa.cnf", "-section", "demo", "-queryfile",
                            f"{self.folder}/query.tsq")
        except subprocess.CalledProcessError as error:
            return self.send_error(400, "no time-stamp request", error.stderr.decode(errors="replace"))
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_):
        pass


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    make_authority(folder)
    Authority.folder = folder
    # One request at a time: openssl keeps its serial number in a file.
    server = http.server.HTTPServer(("127.0.0.1", 0), Authority)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).absolute())

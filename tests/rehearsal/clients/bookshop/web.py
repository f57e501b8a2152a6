import http.server
import os
import signal
import sys


class Shop(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        greeting = f"{os.environ['GREETING']} from {os.environ['STAGE']}, {len(os.environ['PASSWORD'])}\n"
        body = b"" if self.path == "/alive" else greeting.encode()
        self.send_response(200 if body else 204)
        if body:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, form, *args):
        if self.path != "/alive":
            print(form % args, flush=True)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("the shop is open", flush=True)
http.server.ThreadingHTTPServer((os.environ.get("HOST", ""), 8000), Shop).serve_forever()

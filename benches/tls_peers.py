#!/usr/bin/env python3
"""Many TLS servers, judged by enrollcheck and by two well-known tools, one after the other.

  unshare --net --mount benches/tls_peers.py [--servers 200] [--rounds 5] [--program target/release/enrollcheck]

Needs root, nginx, bind9, openssl and GNU time; prometheus-blackbox-exporter (with curl) and lychee are measured where they are
installed. Everything happens inside the namespaces: own loopback, own resolv.conf. The servers share one nginx; each
has its own name and certificate. Wall-clock time and CPU are those of the client processes with their drivers.
"""

import argparse, json, os, pathlib, resource, shutil, statistics, subprocess, sys, tempfile, time, urllib.request

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--servers", type=int, default=200)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--program", default="target/release/enrollcheck")
parser.add_argument("--only", default="tls.*")
options = parser.parse_args()

folder = pathlib.Path(tempfile.mkdtemp(prefix="tls-peers-"))
names = [f"host{i}.peers.lab" for i in range(options.servers)]


def quiet(*command, **more):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **more)


def write(name, text):
    path = folder / name
    path.write_text(text)
    return path


def certificates():
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    quiet("openssl", "req", "-x509", *key, "-keyout", "root.key", "-out", "root.pem", "-days", "3650", "-subj", "/CN=Peers Root")
    quiet("openssl", "req", *key, "-keyout", "ca.key", "-out", "ca.csr", "-subj", "/CN=Peers Intermediate")
    write("ca.ext", "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign,cRLSign\n")
    quiet("openssl", "x509", "-req", "-in", "ca.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "1000",
          "-extfile", "ca.ext", "-out", "ca.pem")
    for name in names:
        quiet("openssl", "req", *key, "-keyout", f"{name}.key", "-out", "leaf.csr", "-subj", f"/CN={name}")
        write("leaf.ext", f"subjectAltName=DNS:{name}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n")
        quiet("openssl", "x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "365",
              "-extfile", "leaf.ext", "-out", "leaf.pem")
        write(f"{name}.pem", (folder / "leaf.pem").read_text() + (folder / "ca.pem").read_text())


def servers():
    for command in (["ip", "link", "set", "lo", "up"],):
        subprocess.run(command, check=True)
    resolv = write("resolv.conf", "nameserver 127.0.0.1\n")
    subprocess.run(["mount", "--bind", str(resolv), os.path.realpath("/etc/resolv.conf")], check=True)
    records = "".join(f"host{i} A 127.0.0.1\n" for i in range(options.servers))
    write("zone", f"$TTL 60\n@ SOA a. b. 1 1 1 1 60\n@ NS ns\nns A 127.0.0.1\n{records}")
    write("named.conf", f'options {{ directory "{folder}"; listen-on {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; recursion no; '
          f'pid-file none; session-keyfile none; }}; controls {{}}; zone "peers.lab" {{ type primary; file "zone"; }};')
    blocks = "".join(f"server {{ listen 127.0.0.1:443 ssl; server_name {n}; ssl_certificate {n}.pem; ssl_certificate_key {n}.key; "
                     f"location / {{ return 200 ok; }} }}\n" for n in names)
    write("nginx.conf", f"daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.err; worker_processes 1;\n"
          f"events {{ worker_connections 4096; }}\nhttp {{ access_log off; ssl_protocols TLSv1.2 TLSv1.3; "
          f"server_names_hash_bucket_size 128; server_names_hash_max_size 4096;\n{blocks}}}\n")
    running = [
        subprocess.Popen(["named", "-f", "-c", str(folder / "named.conf")], stderr=subprocess.DEVNULL),
        subprocess.Popen(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "nginx.err")]),
    ]
    for _ in range(200):
        probe = subprocess.run(["openssl", "s_client", "-connect", f"{names[-1]}:443"], stdin=subprocess.DEVNULL, capture_output=True)
        if probe.returncode == 0:
            return running
        time.sleep(0.05)
    sys.exit("the servers do not come up")


def timed(command, environment=None):
    """Seconds of wall clock and of CPU, and the peak memory in MB, of one command."""
    # The kernel counts what this interpreter occupies before the command takes over: GNU time is smaller than either.
    peak = folder / "peak"
    if shutil.which("time"):
        command = [shutil.which("time"), "-f", "%M", "-o", str(peak), *command]
    before = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=folder)
    out = process.stdout.read()
    process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - before
    process.returncode = os.waitstatus_to_exitcode(status)
    memory = int(peak.read_text().split()[-1]) if peak.exists() else usage.ru_maxrss
    return wall, usage.ru_utime + usage.ru_stime, memory / 1024, out, process.returncode


def enrollcheck():
    program = str(pathlib.Path(options.program).resolve())
    tables = "".join(f'[[tenant.server]]\naddress = "{name}:443"\n' for name in names)
    settings = write("settings.toml", f'[[tenant]]\ndomains = ["peers.lab"]\n{tables}[tenant.adfs]\nurl = "https://{names[0]}"\n'
                     f'[network]\nresolvers = ["127.0.0.1"]\n[trust]\npublic_roots = ["{folder}/root.pem"]\n')

    def run():
        wall, cpu, memory, out, code = timed([program, "run", "-c", str(settings), "--only", options.only, "-f", "json"])
        if code != 0 or out.count(b'"tls.chain"') != len(names):
            sys.exit(f"enrollcheck: exit {code}, {out[:2000]!r}")
        return wall, cpu, memory
    return run


def blackbox():
    program = shutil.which("prometheus-blackbox-exporter") or shutil.which("blackbox_exporter")
    if not program or not shutil.which("curl"):
        return None
    write("blackbox.yml", "modules:\n  https:\n    prober: http\n    http:\n      preferred_ip_protocol: ip4\n      tls_config:\n"
          f"        ca_file: {folder}/root.pem\n")
    urls = "".join(f'url = "http://127.0.0.1:9115/probe?module=https&target=https://{name}"\noutput = "/dev/null"\n' for name in names)
    curl = write("curl.conf", urls)

    def run():
        process = subprocess.Popen([program, "--config.file=blackbox.yml", "--web.listen-address=127.0.0.1:9115", "--log.level=error"],
                                   cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                urllib.request.urlopen("http://127.0.0.1:9115/-/healthy")
                break
            except OSError:
                time.sleep(0.02)
        ready = cpu_of(process.pid)
        wall, cpu, memory, _, _ = timed(["curl", "-s", "--parallel", "--parallel-max", "50", "-K", str(curl)])
        spent = cpu_of(process.pid) - ready
        check = urllib.request.urlopen(f"http://127.0.0.1:9115/probe?module=https&target=https://{names[0]}").read()
        if b"probe_success 1" not in check:
            sys.exit("blackbox_exporter does not succeed")
        process.terminate()
        _, _, usage = os.wait4(process.pid, 0)
        return wall, cpu + spent, memory + usage.ru_maxrss / 1024
    return run


def cpu_of(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def lychee():
    program = shutil.which("lychee")
    if not program:
        return None
    links = write("links.txt", "".join(f"https://{name}/\n" for name in names))
    environment = dict(os.environ, SSL_CERT_FILE=str(folder / "root.pem"))

    def run():
        command = [program, "--no-progress", "--max-concurrency", "200", "--max-retries", "0", "--no-ignore", "--format", "json", str(links)]
        wall, cpu, memory, out, code = timed(command, environment)
        if code != 0 or json.loads(out)["successful"] != len(names):
            sys.exit(f"lychee: exit {code}, {out[:2000]!r}")
        return wall, cpu, memory
    return run


certificates()
running = servers()
try:
    tools = {"enrollcheck": enrollcheck(), "blackbox_exporter": blackbox(), "lychee": lychee()}
    tools = {name: run for name, run in tools.items() if run}
    seen = {name: [] for name in tools}
    for _ in range(options.rounds):
        for name, run in tools.items():
            seen[name].append(run())
    print(f"{options.servers} servers, median of {options.rounds} alternating runs\n")
    print("| tool | wall | CPU | peak memory |\n|---|---|---|---|")
    for name, rows in seen.items():
        wall, cpu, memory = (statistics.median(column) for column in zip(*rows))
        print(f"| {name} | {wall * 1000:.0f} ms | {cpu * 1000:.0f} ms | {memory:.1f} MB |")
finally:
    for process in running:
        process.terminate()
    shutil.rmtree(folder, ignore_errors=True)

"""A check of your own in Python: a JSON request on standard input, a JSON verdict on standard output."""

import json
import sys

request = json.load(sys.stdin)
domains = [domain for tenant in request["tenants"] for domain in tenant["domains"]]
shared = sorted({domain for domain in domains if domains.count(domain) > 1})

verdict = {
    "status": "fail" if shared else "pass",
    "summary": {
        "en": f"{len(domains)} domains, {len(shared)} of them in several tenants.",
        "fr": f"{len(domains)} domaines, dont {len(shared)} dans plusieurs tenants.",
    },
    "evidence": {"domains": domains, "shared": shared},
}
if shared:
    verdict["remedy"] = "Take " + ", ".join(shared) + " out of all tenants but one."
json.dump(verdict, sys.stdout)

"""Code with which a program sends its first event."""

CURL = """curl {base}/v1/track \\
  -u {key}: \\
  -H 'Content-Type: application/json' \\
  -d '{{
    "userId": "ana@customer.example",
    "event": "Plan edited",
    "properties": {{"rows": 12}},
    "context": {{"groupId": "customer-1"}}
  }}'"""
PYTHON = """# pip install segment-analytics-python
import segment.analytics as analytics

analytics.write_key = "{key}"
analytics.host = "{base}"

analytics.group("ana@customer.example", "customer-1", {{"name": "Customer One"}})
analytics.track("ana@customer.example", "Plan edited", {{"rows": 12}})
analytics.flush()"""
NODE = """// npm install @segment/analytics-node
import {{ Analytics }} from "@segment/analytics-node";

const analytics = new Analytics({{ writeKey: "{key}", host: "{base}" }});

analytics.group({{ userId: "ana@customer.example", groupId: "customer-1" }});
analytics.track({{ userId: "ana@customer.example", event: "Plan edited", properties: {{ rows: 12 }} }});
await analytics.closeAndFlush();"""
CODES = (("curl", CURL), ("Python", PYTHON), ("JavaScript", NODE))


def write_codes(*, key: str, base: str) -> list[tuple[str, str]]:
    """(name of the client, code), with the key and the install's address in it."""
    return [(name, code.format(key=key, base=base)) for name, code in CODES]

"""The page in the API's own document: API Gateway reads files from the bucket of infra/web.yaml and hands them on."""

from typing import Any, Final

PATHS: Final = {"/": "index.html", "/docs": "docs.html", "/{file+}": "{file}"}
"""What is asked for, and which object of the bucket it is; a path of the API is more exact and wins."""
_HANDED_ON: Final = ("Content-Type", "Cache-Control", "ETag")
_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # the older word: in a constant here no quotes can stand, which the newer one needs
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
}
_PROBLEM: Final = (
    '{{"type":"urn:zmartcharge:problem:{code}","title":"{title}","status":{status},"code":"{code}",'
    '"request_id":"$context.requestId"}}'
)
Json = dict[str, Any]


def add(template: Json) -> None:
    """Add the page's paths to the API, for AWS only; a template without a bucket for it is left alone."""
    if "WebBucket" not in template["Resources"]:
        return
    paths: Json = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    for path, key in PATHS.items():
        paths[path] = {"Fn::If": ["IsOnAws", {"get": _read(key)}, {"Ref": "AWS::NoValue"}]}


def _read(key: str) -> Json:
    named = "{file}" in key
    file: list[Json] = [{"name": "file", "in": "path", "required": True, "type": "string"}] if named else []
    asked = {"integration.request.header.If-None-Match": "method.request.header.If-None-Match"}
    asked |= {"integration.request.path.file": "method.request.path.file"} if named else {}
    headers = {name: {"type": "string"} for name in (*_HANDED_ON, *_ALWAYS)}
    return {
        "summary": "A file of the page.",
        "parameters": [*file, {"name": "If-None-Match", "in": "header", "required": False, "type": "string"}],
        "responses": {status: {"description": status, "headers": headers} for status in ("200", "304", "404", "503")},
        "x-amazon-apigateway-integration": {
            "type": "aws",
            "httpMethod": "GET",
            "credentials": {"Fn::GetAtt": ["WebRole", "Arn"]},
            "uri": {"Fn::Sub": f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:s3:path/${{WebBucket}}/{key}"},
            "passthroughBehavior": "when_no_match",
            "requestParameters": asked,
            "responses": {
                "default": _found("200"),
                "304": _found("304"),
                "4\\d{2}": _refused(404, "not_found", "Not Found"),
                "5\\d{2}": _refused(503, "dependency_down", "Service Unavailable"),
            },
        },
    }


def _found(status: str) -> Json:
    taken = {f"method.response.header.{name}": f"integration.response.header.{name}" for name in _HANDED_ON}
    return {"statusCode": status, "responseParameters": taken | _always()}


def _refused(status: int, code: str, title: str) -> Json:
    """As the API refuses; a bucket whose files nobody may list says 403 of one that is not there."""
    problem = _PROBLEM.format(status=status, code=code, title=title)
    kind = {"method.response.header.Content-Type": "'application/problem+json'"}
    return {
        "statusCode": str(status),
        "contentHandling": "CONVERT_TO_TEXT",
        "responseParameters": kind | _always(),
        "responseTemplates": {"application/json": problem, "application/xml": problem},
    }


def _always() -> dict[str, str]:
    return {f"method.response.header.{name}": f"'{value}'" for name, value in _ALWAYS.items()}

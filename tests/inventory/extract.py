"""Reads the official Python client and writes down every operation it can call: `python -m tests.inventory.extract`.

Nothing is executed but the import of the models: the generated methods are read as syntax. `official-client.json` has one
operation a line, `official-models.json` one model a line, both as JSON arrays.

An operation: `operation` (the name in the field inventory, `GetRegistrations`), `api` and `call` (class and method of the
client), `method`, `path`, `auth` (scheme names), `accepts` and `sends` (media types), `parameters` (JSON name, Python
name, where: path, query, header, form, file or body; type; required; `csv` for lists that are joined with commas), the
body's `request` and the answer's `response`, each with its model and the whole tree of its members. In a tree a list is
`[element]`, a map is `{"*": element}`, a leaf is its type, and `^Name` stands where a model contains itself.
"""

import ast
import importlib
import inspect
import json
import re
from pathlib import Path

HERE = Path(__file__).parent
CLIENT = HERE / "official-client.json"
MODELS = HERE / "official-models.json"
PACKAGE = "rustici_software_cloud_v2"
_SUFFIX = "_with_http_info"
_PARAMETER = re.compile(r":param (?P<type>\S+) (?P<name>\w+): ?(?P<text>.*)")
_PLACES = {"query_params": "query", "form_params": "form"}
_KEYED = {"path_params": "path", "header_params": "header", "local_var_files": "file"}


def _text(node):
    return node.value if isinstance(node, ast.Constant) else None


def _given(node):
    """The Python name in `params['name']`."""
    return _text(node.slice) if isinstance(node, ast.Subscript) else None


def _list_in(call):
    return [one.value for one in ast.walk(call) if isinstance(one, ast.Constant) and isinstance(one.value, str)]


class _Method:
    """What one generated `..._with_http_info` says."""

    def __init__(self, api, function):
        self.found = {"operation": "", "api": api, "call": function.name.removesuffix(_SUFFIX)}
        self.found |= {"method": "", "path": "", "auth": [], "accepts": [], "sends": []}
        self.places, self.csv, self.response = {}, set(), None
        for node in ast.walk(function):
            if isinstance(node, ast.Assign):
                self._assign(node)
            elif isinstance(node, ast.Call):
                self._call(node)
        self.parameters = self._parameters(ast.get_docstring(function) or "")

    def _assign(self, node):
        [target] = node.targets
        if isinstance(target, ast.Name) and target.id == "auth_settings":
            self.found["auth"] = _list_in(node.value)
        elif isinstance(target, ast.Name) and target.id == "body_params" and _given(node.value):
            self.places[_given(node.value)] = ("body", "")
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            name, key = target.value.id, _text(target.slice)
            if name == "header_params" and key in {"Accept", "Content-Type"}:
                kind = "accepts" if key == "Accept" else "sends"
                self.found[kind] = [one for one in _list_in(node.value) if "/" in one]
            elif name in _KEYED and _given(node.value):
                self.places[_given(node.value)] = (_KEYED[name], key)
            elif name == "collection_formats":
                self.csv.add(key)

    def _call(self, node):
        name = getattr(node.func, "attr", "")
        holder = getattr(getattr(node.func, "value", None), "id", "")
        if name == "append" and holder in _PLACES:
            key, value = node.args[0].elts
            self.places[_given(value)] = (_PLACES[holder], _text(key))
        elif name == "call_api":
            self.found["path"], self.found["method"] = _text(node.args[0]), _text(node.args[1])
            self.response = next(_text(one.value) for one in node.keywords if one.arg == "response_type")

    def _parameters(self, doc):
        rows = []
        for given in _PARAMETER.finditer(doc):
            if given["name"] in self.places:
                where, key = self.places[given["name"]]
                row = {"name": key, "python": given["name"], "in": where, "type": given["type"]}
                row["required"] = given["text"].rstrip().endswith("(required)")
                rows.append(row | ({"csv": True} if key in self.csv else {}))
        return rows


def _tree(models, kind, above=()):
    """The members of a type, recursively."""
    if found := re.fullmatch(r"list\[(.*)\]", kind):
        return [_tree(models, found[1], above)]
    if found := re.fullmatch(r"dict\([^,]*, (.*)\)", kind):
        return {"*": _tree(models, found[1], above)}
    model = getattr(models, kind, None)
    if model is None or not inspect.isclass(model):
        return kind
    if kind in above:
        return f"^{kind}"
    names = model.attribute_map
    return {names[one]: _tree(models, type_, (*above, kind)) for one, type_ in (model.swagger_types or {}).items()}


def _typed(models, kind):
    return {"model": kind, "members": _tree(models, kind)}


def operations():
    """Every operation of the installed client, sorted by path and method."""
    package = importlib.import_module(PACKAGE)
    models = importlib.import_module(f"{PACKAGE}.models")
    named = {(one["method"], one["path"]): one["operation"] for one in fields() if one["api"] == "v2"}
    rows = []
    for file in sorted((Path(package.__file__).parent / "api").glob("*_api.py")):
        [api] = [node for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.ClassDef)]
        for function in api.body:
            if isinstance(function, ast.FunctionDef) and function.name.endswith(_SUFFIX):
                read = _Method(api.name, function)
                read.found["operation"] = named[read.found["method"], read.found["path"]]
                body = next((one["type"] for one in read.parameters if one["in"] == "body"), None)
                rest = {"parameters": read.parameters, "request": body and _typed(models, body)}
                rows.append(read.found | rest | {"response": read.response and _typed(models, read.response)})
    return sorted(rows, key=lambda one: (one["path"], one["method"]))


def model_rows():
    """Every model: members as [JSON name, Python name, type, required, permitted words]."""
    models = importlib.import_module(f"{PACKAGE}.models")
    rows = []
    for name, model in sorted(inspect.getmembers(models, inspect.isclass)):
        members = [
            [model.attribute_map[one], one, kind, *_rules(getattr(model, one))]
            for one, kind in (model.swagger_types or {}).items()
        ]
        rows.append({"model": name, "members": members})
    return rows


def _rules(member):
    source = inspect.getsource(member.fset)
    words = re.search(r"allowed_values = (\[.*?\])", source, re.DOTALL)
    return "must not be `None`" in source, ast.literal_eval(words[1]) if words else []


def fields():
    """The inventory of places that hold personal data or credentials: one dict a row."""
    return json.loads((HERE / "scorm-cloud-fields.json").read_text("utf-8"))


def lines(rows):
    """A JSON array with one row a line: a change shows as the line it is."""
    body = ",\n".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in rows)
    return f"[{body}]\n"


def main():
    """Write both files anew."""
    CLIENT.write_text(lines(operations()), "utf-8")
    MODELS.write_text(lines(model_rows()), "utf-8")


if __name__ == "__main__":
    main()

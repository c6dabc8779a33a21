"""Puts a SAM template through SAM's own transform, as CloudFormation does.

    python3 .ci/transform.py template.yaml

Ends with 1 and every complaint when the transform refuses the template. cfn-lint
transforms too, but passes over some of what the translator itself objects to.
"""

import os
import sys

import yaml

# The translator makes a client that it never calls here; it wants a region.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform

# A folder cannot be deployed as it is: `sam package` puts an address in its
# place, and the translator demands one.
PACKAGED = "s3://bucket/key"


class Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms (!Ref, !GetAtt...) as its long ones."""


def short_form(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {"Fn::" + suffix: value}


Loader.add_multi_constructor("!", short_form)
# A version such as 2012-10-17 is text, not a date.
Loader.add_constructor("tag:yaml.org,2002:timestamp", Loader.construct_yaml_str)


class NoManagedPolicies:
    """Stands in for the look-up of AWS's managed policies by name."""

    def load(self):
        return {}


def packaged(template):
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = PACKAGED
    return template


def main(path):
    with open(path, encoding="utf-8") as file:
        template = packaged(yaml.load(file, Loader))
    defaults = {
        name: parameter["Default"]
        for name, parameter in template.get("Parameters", {}).items()
        if "Default" in parameter
    }
    before = len(template["Resources"])
    try:
        result = transform(template, defaults, NoManagedPolicies())
    except InvalidDocumentException as refused:
        for cause in refused.causes:
            print(f"{path}: {cause.message}", file=sys.stderr)
        return 1
    left = [n for n, r in result["Resources"].items() if r["Type"].startswith("AWS::Serverless::")]
    if left:
        print(f"{path}: not transformed: {', '.join(left)}", file=sys.stderr)
        return 1
    print(f"{path}: {before} resources become {len(result['Resources'])}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

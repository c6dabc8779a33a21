"""Puts a SAM template through SAM's own transform, as CloudFormation does.

    python3 .ci/transform.py template.yaml

It does so for several choices of parameters, and carries out the conditions of
what comes back: nothing that is made may refer to something that is not. Ends
with 1 and every complaint. cfn-lint transforms too, but with the defaults alone,
and passes over some of what the translator itself objects to.
"""

import copy
import logging
import os
import re
import sys

import yaml

# The translator makes a client that it never calls here; it wants a region.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

# It counts calls, which is not wanted here, and warns that they are not sent.
logging.getLogger("samtranslator").setLevel(logging.ERROR)

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
        if resource["Type"] == "AWS::Serverless::Function" and isinstance(resource["Properties"]["CodeUri"], str):
            resource["Properties"]["CodeUri"] = PACKAGED
    return template


POOL = "ap-northeast-1_AbCdEfGhI"
SES = "arn:aws:ses:ap-northeast-1:123456789012:identity/example.org"

# What each choice makes of the resources that depend on one.
CHOICES = [
    ("a new pool", {}, {"UserPool", "AdministratorsPoolGroup"}),
    ("production", {"Stage": "prd"}, {"UserPool", "AdministratorsPoolGroup"}),
    ("alarms", {"AlarmEmail": "ops@example.org"}, {"UserPool", "AdministratorsPoolGroup", "AlarmTopic", "StuckAlarm"}),
    ("SES, an address", {"SesIdentityArn": SES}, {"UserPool", "AdministratorsPoolGroup"}),
    (
        "SES, a domain",
        {"SesIdentityArn": SES, "SenderAddress": "Example <no-reply@example.org>"},
        {"UserPool", "AdministratorsPoolGroup"},
    ),
    ("sign-in pages", {"SignInDomainPrefix": "usher-example"}, {"UserPool", "AdministratorsPoolGroup", "UserPoolDomain"}),
    (
        "everything for a new pool",
        {
            "Stage": "prd",
            "AlarmEmail": "ops@example.org",
            "SesIdentityArn": SES,
            "SenderAddress": "no-reply@example.org",
            "SignInDomainPrefix": "usher-example",
            "AllowedOrigin": "https://admin.example.org",
            "OperatorRoleArn": "arn:aws:iam::123456789012:role/operators",
            "DeletionProtection": "yes",
            "RequireMfa": "yes",
        },
        {"UserPool", "AdministratorsPoolGroup", "UserPoolDomain", "AlarmTopic", "StuckAlarm"},
    ),
    ("an existing pool", {"UserPoolId": POOL}, {"AdministratorsPoolGroup"}),
    (
        "an existing pool with group and domain",
        {"UserPoolId": POOL, "CreateAdministratorsGroup": "no", "SignInDomain": "login.example.org"},
        set(),
    ),
    (
        "an existing pool, alarms, sign-in pages",
        {
            "Stage": "prd",
            "UserPoolId": POOL,
            "CreateAdministratorsGroup": "no",
            "SignInDomainPrefix": "usher-example",
            "AlarmEmail": "ops@example.org",
        },
        {"UserPoolDomain", "AlarmTopic", "StuckAlarm"},
    ),
    (
        "Intel, an existing pool, debugging",
        {"UserPoolId": POOL, "Architecture": "x86_64", "LogLevel": "DEBUG", "LogRetentionDays": "14"},
        {"AdministratorsPoolGroup"},
    ),
]
DEPENDENT = set().union(*(made for _, _, made in CHOICES))


class Deployment:
    """What CloudFormation would make of a transformed template."""

    def __init__(self, template, parameters):
        self.template = template
        self.parameters = parameters
        self.conditions = {}
        self.faults = []
        resources = template["Resources"]
        self.made = {n for n, r in resources.items() if "Condition" not in r or self.holds(r["Condition"])}

    def holds(self, name):
        if name not in self.conditions:
            self.conditions[name] = self.value(self.template["Conditions"][name])
        return self.conditions[name]

    def value(self, expression):
        if not isinstance(expression, dict):
            return str(expression)
        ((function, argument),) = expression.items()
        if function == "Ref":
            return str(self.parameters[argument])
        if function == "Condition":
            return self.holds(argument)
        if function == "Fn::Equals":
            return self.value(argument[0]) == self.value(argument[1])
        values = [self.value(each) for each in argument]
        return {"Fn::Not": not values[0], "Fn::And": all(values), "Fn::Or": any(values)}[function]

    def check(self):
        """Returns what is wrong with the resources that are made and the outputs."""
        for name in sorted(self.made):
            resource = self.template["Resources"][name]
            self.walk(name, resource.get("Properties", {}), ())
            needed = resource.get("DependsOn", [])
            for other in [needed] if isinstance(needed, str) else needed:
                self.refers(name, other, ())
        for name, output in self.template["Outputs"].items():
            if "Condition" not in output or self.holds(output["Condition"]):
                self.walk("output " + name, output["Value"], ())
        return self.faults

    def walk(self, where, value, local):
        if isinstance(value, list):
            for each in value:
                self.walk(where, each, local)
            return
        if not isinstance(value, dict):
            return
        if len(value) == 1:
            ((function, argument),) = value.items()
            if function == "Ref":
                return self.refers(where, argument, local)
            if function == "Fn::GetAtt":
                return self.refers(where, argument[0] if isinstance(argument, list) else argument.split(".")[0], local)
            if function == "Fn::If":
                return self.walk(where, argument[1 if self.holds(argument[0]) else 2], local)
            if function == "Fn::Sub":
                pattern, names = (argument, {}) if isinstance(argument, str) else argument
                self.walk(where, list(names.values()), local)
                for found in re.findall(r"\$\{([^!}][^}]*)\}", pattern):
                    self.refers(where, found.split(".")[0], tuple(names))
                return
        for each in value.values():
            self.walk(where, each, local)

    def refers(self, where, name, local):
        if name not in self.made and name not in self.parameters and name not in local and not name.startswith("AWS::"):
            self.faults.append(f"{where} refers to {name}, which is not made")


def refused(template, deployment):
    """Returns what the template's rules say against the parameters."""
    said = []
    for rule in template["Rules"].values():
        if "RuleCondition" in rule and not deployment.value(rule["RuleCondition"]):
            continue
        said += [a["AssertDescription"] for a in rule["Assertions"] if not deployment.value(a["Assert"])]
    return said


def faults(template, choice, expected):
    """Returns what is wrong with the template under one choice of parameters."""
    parameters = {name: p.get("Default", "dev") for name, p in template["Parameters"].items()}
    parameters.update(choice)
    try:
        result = transform(copy.deepcopy(template), dict(parameters), NoManagedPolicies())
    except InvalidDocumentException as refusal:
        return [cause.message for cause in refusal.causes]
    left = [n for n, r in result["Resources"].items() if r["Type"].startswith("AWS::Serverless::")]
    if left:
        return [f"not transformed: {', '.join(left)}"]
    if result.get("Rules") != template["Rules"]:
        return ["the rules do not survive the transform"]
    deployment = Deployment(result, parameters)
    found = refused(result, deployment) + deployment.check()
    if deployment.made & DEPENDENT != expected:
        found.append(f"makes {sorted(deployment.made & DEPENDENT)}, want {sorted(expected)}")
    return found


def main(path):
    with open(path, encoding="utf-8") as file:
        template = packaged(yaml.load(file, Loader))
    bad = 0
    for name, choice, expected in CHOICES:
        unknown = set(choice) - set(template["Parameters"])
        for fault in [f"there is no parameter {n}" for n in sorted(unknown)] or faults(template, choice, expected):
            print(f"{path}: {name}: {fault}", file=sys.stderr)
            bad = 1
    if not bad:
        print(f"{path}: SAM's transform takes it with {len(CHOICES)} choices of parameters")
    return bad


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

"""Invites the people in a file with 16 threads. Retries are adaptive, as the
documentation of boto3 recommends where calls are throttled.

    threads.py people.csv POOL report.csv
"""
import csv
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

people, pool, report = sys.argv[1:]
cognito = boto3.client(
    "cognito-idp",
    config=Config(retries={"mode": "adaptive", "max_attempts": 10}, max_pool_connections=16),
)


def invite(email):
    try:
        cognito.admin_create_user(
            UserPoolId=pool,
            Username=email,
            UserAttributes=[
                {"Name": "email", "Value": email},
                {"Name": "email_verified", "Value": "true"},
            ],
            DesiredDeliveryMediums=["EMAIL"],
        )
    except cognito.exceptions.UsernameExistsException:
        return email, "existing"
    except Exception:
        return email, "failed"
    return email, "invited"


with open(people, newline="") as rows:
    emails = [row["email"] for row in csv.DictReader(rows)]
with ThreadPoolExecutor(16) as threads, open(report, "w", newline="") as out:
    lines = csv.writer(out)
    lines.writerow(["email", "state"])
    lines.writerows(threads.map(invite, emails))

"""The clients that people use, unmodified, kept apart from this machine's own settings."""

import json
import os
import subprocess
import sys
from pathlib import Path

import boto3
import botocore.config

# Errors are what most tests look at; a retry would only hide and delay them.
ONE_ATTEMPT = botocore.config.Config(retries={"total_max_attempts": 1, "mode": "standard"}, max_pool_connections=40)


def client_environment(**variables):
    """An environment for client processes: nothing of AWS's but what is given here."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "KEYSTEAD_"))}
    return kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "NO_PROXY": "127.0.0.1,localhost",
        **variables,
    }


def aws(command, environment):
    """Runs `aws COMMAND`; gives the exit code, the parsed output (or `None`) and what it complained of."""
    done = subprocess.run(["aws", *command.split()], env=environment, capture_output=True, text=True, timeout=120)
    return done.returncode, json.loads(done.stdout) if done.stdout.strip() else None, done.stderr.strip()


def boto3_session(key, region="us-east-1"):
    return boto3.Session(
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret_access_key,
        aws_session_token=key.session_token,
        region_name=region,
    )

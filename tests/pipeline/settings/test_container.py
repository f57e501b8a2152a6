"""[container]: what Fargate runs, what a task definition takes, and nothing secret in plain sight."""

import pytest

SIZES = {
    256: [512, 1024, 2048],
    512: [1024, 2048, 4096],
    1024: [2048, 3072, 8192],
    2048: [4096, 5120, 16384],
    4096: [8192, 9216, 30720],
    8192: [16384, 20480, 61440],
    16384: [32768, 40960, 122880],
}
WRONG_SIZES = {
    256: [3072, 600],
    512: [512, 1536, 5120],
    1024: [1024, 9216],
    2048: [3072, 17408],
    4096: [7168, 31744],
    8192: [15360, 17408, 65536],
    16384: [30720, 33792],
}


@pytest.mark.parametrize(("cpu", "memory"), [(cpu, memory) for cpu, sizes in SIZES.items() for memory in sizes])
def test_pairs_that_fargate_runs_are_valid(mistakes, minimal, cpu, memory):
    assert mistakes(f"{minimal}[container]\ncpu = {cpu}\nmemory = {memory}\n") == []


@pytest.mark.parametrize(("cpu", "memory"), [(cpu, memory) for cpu, sizes in WRONG_SIZES.items() for memory in sizes])
def test_other_pairs_are_refused_with_the_sizes_that_are_valid(mistakes, minimal, cpu, memory):
    (line,) = mistakes(f"{minimal}[container]\ncpu = {cpu}\nmemory = {memory}\n")
    assert line.startswith(f"7: container.memory: {memory} with cpu {cpu} is not valid; give {SIZES[cpu][0]}")
    assert f"{SIZES[cpu][-1]}" in line


def test_raising_cpu_alone_points_at_the_table_that_lacks_memory(mistakes, minimal):
    (line,) = mistakes(f"{minimal}\n[container]\ncpu = 1024\n")
    assert line == "6: container.memory: 512 with cpu 1024 is not valid; give 2048 to 8192 in steps of 1024 (MiB)"


@pytest.mark.parametrize("codes", ["200", "200,204", "200-299", "200-299,302,401-403", "499"])
def test_status_codes(mistakes, minimal, codes):
    assert mistakes(f"{minimal}[container.health_check]\ncodes = '{codes}'\n") == []


@pytest.mark.parametrize(
    "codes", ["", "2xx", "200-", "500", "199", "299-200", "200, 204", "200,,204", "200-300-400", "20"]
)
def test_what_are_no_status_codes(mistakes, minimal, codes):
    (line,) = mistakes(f"{minimal}[container.health_check]\ncodes = '{codes}'\n")
    assert line.startswith(f'6: container.health_check.codes: "{codes}" is not valid; give status codes such as 200,')


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        (
            "interval = 10\ntimeout = 10",
            "7: container.health_check.timeout: 10 is not valid; give less than interval, which is 10",
        ),
        ("timeout = 30", "6: container.health_check.timeout: 30 is not valid; give less than interval, which is 10"),
        ("path = 'health'", '6: container.health_check.path: "health" is not valid; give a path that begins with /'),
        ("path = '/a b'", '6: container.health_check.path: "/a b" is not valid; give a path that begins with /'),
        ("path = '/{x}'", '6: container.health_check.path: "/{x}" is not valid; give a path that begins with /'),
        (
            f"path = '/{'x' * 1024}'",
            "6: container.health_check.path: 1025 characters are too many; give a path that begins with /",
        ),
    ],
)
def test_the_health_check_is_one_that_the_load_balancer_takes(mistakes, minimal, rest, told):
    (line,) = mistakes(f"{minimal}[container.health_check]\n{rest}\n")
    assert line.startswith(told)


@pytest.mark.parametrize(
    "path", ["/etc/Dockerfile", "../Dockerfile", "docker/../../Dockerfile", "docker/..", "a b", ""]
)
@pytest.mark.parametrize("key", ["dockerfile", "context"])
def test_paths_stay_inside_the_repository(mistakes, minimal, key, path):
    (line,) = mistakes(f"{minimal}[container]\n{key} = '{path}'\n")
    assert line.startswith(f'6: container.{key}: "{path}" is not valid; give a relative path that stays inside')


@pytest.mark.parametrize("path", ["Dockerfile", "./docker/Dockerfile.web", "a..b/c", "..."])
def test_paths_inside_the_repository(mistakes, minimal, path):
    assert mistakes(f"{minimal}[container]\ndockerfile = '{path}'\n") == []


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("1ST", "give a name of letters, digits and _"),
        ("A-B", "give a name of letters, digits and _"),
        ("A B", "give a name of letters, digits and _"),
        ("", "give a name of letters, digits and _"),
        ("É", "give a name of letters, digits and _"),
        ("A\\nB", "give a name of letters, digits and _"),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "this is set by ECS, the task's role or the release"),
        ("AWS_ACCESS_KEY_ID", "this is set by ECS, the task's role or the release"),
        ("AWS_REGION", "this is set by ECS, the task's role or the release"),
        ("ECS_CONTAINER_METADATA_URI_V4", "this is set by ECS, the task's role or the release"),
        ("RELEASE_IMAGE", "this is set by ECS, the task's role or the release"),
        ("port", "here this is a variable and no key of [container]; put it above [container.environment]"),
    ],
)
def test_variables_that_cannot_be_set(mistakes, minimal, name, why):
    (line,) = mistakes(f'{minimal}[container.environment]\n"{name}" = "x"\n')
    assert line.startswith("6: container.environment.")
    assert why in line


def test_variables_that_can_be_set(mistakes, minimal):
    names = ("_", "http_proxy", "AWS_XRAY_DAEMON_ADDRESS", "PASSWORD_MIN_LENGTH", "TOKENS", "SECRETARY", "MONKEY")
    assert mistakes(minimal + "[container.environment]\n" + "".join(f"{name} = 'x'\n" for name in names)) == []


def test_a_variable_stands_in_one_table(mistakes, minimal):
    (line,) = mistakes(f"""{minimal}[container.environment]
DATABASE = "postgres"
[container.secrets]
DATABASE = "arn:aws:ssm:eu-west-1:123456789012:parameter/database"
""")
    assert line == "8: container.secrets.DATABASE: stands in environment too; keep one of the two"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("AKIA" + "Q" * 16, "an AWS access key"),
        ("key=ASIA" + "2" * 16 + ";", "an AWS access key"),
        ("ghp_" + "a1" * 18, "a GitHub token"),
        ("github_pat_" + "a1" * 11, "a GitHub token"),
        ("glpat-" + "a1" * 10, "a GitLab token"),
        ("xoxb-" + "1" * 12, "a Slack token"),
        ("https://hooks.slack.com/services/T000/B000/XXXX", "a Slack webhook"),
        ("sk_live_" + "a1" * 6, "a Stripe key"),
        ("AIza" + "a" * 35, "a Google API key"),
        ("eyJhbGciOiJI.eyJzdWIiOiIx.c2ln", "a signed web token"),
        ("-----BEGIN RSA PRIVATE KEY-----\\nMIIE", "a private key"),
        ("-----BEGIN PRIVATE KEY-----", "a private key"),
        ("postgres://user:hunter2@db.example.com/greeter", "a password in a URL"),
        ("redis://:hunter2@cache:6379", "a password in a URL"),
    ],
)
def test_a_credential_in_plain_sight_is_refused_and_not_repeated(mistakes, minimal, value, kind):
    for rest in (f'[container.environment]\nVALUE = "{value}"\n', f'[container]\ncommand = ["{value}"]\n'):
        (line,) = mistakes(minimal + rest)
        assert line.startswith("6: container.")
        assert f"this is {kind}, and anyone may read it in the console; keep it in Secrets Manager or SSM" in line
        assert value not in line


@pytest.mark.parametrize(
    "value",
    [
        "https://user@example.com/",
        "https://example.com:8443/a@b",
        "postgres://user:${PASSWORD}@db/greeter",
        "AKIA",
        "-----BEGIN CERTIFICATE-----\\nMIIE\\n-----END CERTIFICATE-----",
        "a\\tb\\nc",
        "é✓",
        "",
    ],
)
def test_what_is_no_credential_is_valid(mistakes, minimal, value):
    assert mistakes(f'{minimal}[container]\ncommand = ["{value}"]\n[container.environment]\nVALUE = "{value}"\n') == []


@pytest.mark.parametrize(
    "name",
    ["PASSWORD", "DB_PASSWORD", "db_passwd", "GITHUB_TOKEN", "CLIENT_SECRET", "SECRET_KEY", "STRIPE_API_KEY", "APIKEY"],
)
def test_a_name_that_says_secret_is_refused_with_the_way_out(mistakes, minimal, name):
    (line,) = mistakes(f"{minimal}[container.environment]\n{name} = 'hunter2'\n")
    assert line.startswith(f"6: container.environment.{name}: by its name this is a secret; keep it in Secrets Manager")
    assert "hunter2" not in line
    assert mistakes(f"{minimal}[container.environment]\n{name} = ''\n") == []


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (
            "{{resolve:secretsmanager:greeter:SecretString}}",
            "CloudFormation would put a value in place of {{resolve:...}}",
        ),
        ("a\\u0000b", "this holds a control character"),
        ("\\u001b[31m", "this holds a control character"),
    ],
)
def test_values_that_would_not_arrive_as_written(mistakes, minimal, value, why):
    for rest in (f'[container.environment]\nVALUE = "{value}"\n', f'[container]\ncommand = ["{value}"]\n'):
        (line,) = mistakes(minimal + rest)
        assert why in line


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:ssm:eu-west-1:123456789012:parameter/greeter/token",
        "arn:aws:ssm:eu-west-1:123456789012:parameter/token",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:greeter/database-a1B2c3",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-0a1b-a1B2c3",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:greeter-a1B2c3:password::",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:greeter-a1B2c3:password:AWSPREVIOUS:",
    ],
)
def test_secrets_by_full_arn(mistakes, minimal, arn):
    assert mistakes(f"{minimal}[container.secrets]\nVALUE = '{arn}'\n") == []


@pytest.mark.parametrize(
    "value",
    [
        "",
        "hunter2",
        "/greeter/token",
        "arn:aws:ssm:eu-west-1:123456789012:parameter/",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:greeter",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:greeter-a1B2c3:password",
        "arn:aws:secretsmanager:eu-west-1:1234:secret:greeter-a1B2c3",
        "arn:aws:s3:::greeter",
    ],
)
def test_secrets_by_anything_else_are_refused_and_not_repeated(mistakes, minimal, value):
    (line,) = mistakes(f"{minimal}[container.secrets]\nVALUE = '{value}'\n")
    assert line.startswith("6: container.secrets.VALUE: this is not valid; give the full ARN of an SSM parameter")
    assert not value or f"{value};" not in line


def test_more_secrets_than_a_policy_holds_are_refused(mistakes, minimal):
    name = "x" * 140
    arns = [f"arn:aws:ssm:eu-west-1:123456789012:parameter/{name}{n:02}" for n in range(43)]
    document = minimal + "[container.secrets]\n" + "".join(f"VALUE_{n} = '{arn}'\n" for n, arn in enumerate(arns))
    (line,) = mistakes(document)
    assert line.startswith(
        "5: container.secrets: the ARNs have 8041 characters in all; a role's policy has room for 8000"
    )
    assert mistakes(document.replace(arns[-1], arns[0])) == []


def test_more_text_than_a_task_definition_holds_is_refused(mistakes, minimal):
    def document(length):
        values = "".join(f"VALUE_{n} = '{'x' * length}'\n" for n in range(64))
        return f"{minimal}[container.environment]\n{values}"

    assert mistakes(document(880)) == []
    (line,) = mistakes(document(881))
    assert line.startswith("5: container.environment: with secrets and command this has 57")
    assert line.endswith("bytes; a task definition has room for 57344")

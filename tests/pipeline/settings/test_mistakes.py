"""Wrong types, unknown and missing keys: told on their line, with what is valid and with what was probably meant."""

import pytest

NEEDS_PORT = "give a whole number from 1 to 65535"


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        ("[container]\nport = '8080'", f"6: container.port: text is not valid; {NEEDS_PORT}, without quotes"),
        ("[container]\nport = 'http'", f"6: container.port: text is not valid; {NEEDS_PORT}"),
        ("[container]\nport = true", f"6: container.port: true is not valid; {NEEDS_PORT}"),
        ("[container]\nport = 80.0", f"6: container.port: 80.0 is not valid; {NEEDS_PORT}"),
        ("[container]\nport = nan", f"6: container.port: nan is not valid; {NEEDS_PORT}"),
        ("[container]\nport = 1979-05-27", f"6: container.port: 1979-05-27 is not valid; {NEEDS_PORT}"),
        ("[container]\nport = [80]", f"6: container.port: a list is not valid; {NEEDS_PORT}"),
        ("[container]\nport = {}", f"6: container.port: a table is not valid; {NEEDS_PORT}"),
        ("[container]\nport = 0", f"6: container.port: 0 is not valid; {NEEDS_PORT}"),
        ("[container]\nport = 65536", f"6: container.port: 65536 is not valid; {NEEDS_PORT}"),
        ("[container]\ncpu = true", "6: container.cpu: true is not valid; give 256, 512,"),
        ("[container]\ncpu = 256.0", "6: container.cpu: 256.0 is not valid; give 256, 512,"),
        (
            "[container]\ncpu = '256'",
            "6: container.cpu: text is not valid; give 256, 512, 1024, 2048, 4096, 8192 or 16384, without",
        ),
        ("[container]\nreadonly_root = 1", "6: container.readonly_root: 1 is not valid; give true or false"),
        (
            "[container]\nreadonly_root = 'true'",
            "6: container.readonly_root: text is not valid; give true or false, without quotes",
        ),
        (
            "[container]\narchitecture = 'arm'",
            '6: container.architecture: "arm" is not valid; give "x86_64" or "arm64" (did you mean "arm64"?)',
        ),
        (
            "[container]\ncommand = 'run'",
            "6: container.command: text is not valid; give a list of at most 64, each text, in [ and ]",
        ),
        (
            "[container]\ncommand = ['run',\n8]",
            "7: container.command[1]: a whole number is not valid; give text, in quotes",
        ),
        (
            "[container]\nenvironment = 'A=1'",
            "6: container.environment: text is not valid; give a table of at most 64 names, each with a text",
        ),
        (
            "[container.environment]\nA = 1",
            "6: container.environment.A: a whole number is not valid; give text, in quotes",
        ),
        ("[container.environment]\nA.B = '1'", "6: container.environment.A: a table is not valid; give text"),
        ("[container]\nhealth_check = '/health'", "6: container.health_check: text is not valid; give a table"),
        ("[[container]]\nport = 80", "5: container: a list is not valid; give a table, with one pair of brackets"),
        ("branch = 2024", "5: source.branch: 2024 is not valid; give a branch's name, in quotes"),
        ("branch = 1.5", "5: source.branch: 1.5 is not valid; give a branch's name, in quotes"),
        (
            "provider = 'Github'",
            '5: source.provider: "Github" is not valid; give "github", "gitlab", "bitbucket", "codecommit" or "s3" (',
        ),
        (
            "provider = 'svn'",
            '5: source.provider: "svn" is not valid; give "github", "gitlab", "bitbucket", "codecommit" or "s3"',
        ),
        ("[release]\nlog_retention = 31", "6: release.log_retention: 31 is not valid; give 1, 3, 5, 7, 14, 30,"),
        (
            "[release]\napprovers = 'a@example.com'",
            "6: release.approvers: text is not valid; give a list of at most 10",
        ),
        ("[release]\nalarms = ['a', 'b', 'c']", "6: release.alarms: 3 of them is not valid; give a list of at most 2,"),
        (
            "[release]\nalarms = [\n'a',\n['b']\n]",
            "8: release.alarms[1]: a list is not valid; give the name of a CloudWatch alarm",
        ),
        (
            "[network]\nvpc_id = false",
            "6: network.vpc_id: false is not valid; give a VPC's id, as vpc-0a1b2c3d4e5f60718, in quotes",
        ),
    ],
)
def test_a_wrong_value_is_told_with_what_is_valid(mistakes, minimal, rest, told):
    (line,) = mistakes(minimal + rest)
    assert line.startswith(told)


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        ("[container]\nprot = 80", "6: container.prot: unknown key; did you mean port?"),
        ("[container]\nreadOnlyRoot = true", "6: container.readOnlyRoot: unknown key; did you mean readonly_root?"),
        (
            "[container]\n'read-only root' = true",
            "6: container.'read-only root': unknown key; did you mean readonly_root?",
        ),
        ("[contaner]\nport = 80", "5: contaner: unknown key; did you mean container?"),
        ("port = 80", "5: source.port: unknown key here; did you mean port, which belongs in [container]?"),
        (
            "[listener]\nhealth_check = {}",
            "6: listener.health_check: unknown key here; did you mean health_check, which belongs in [container]?",
        ),
        (
            "[healthcheck]\npath = '/'",
            "5: healthcheck: unknown key here; did you mean health_check, which belongs in [container]?",
        ),
        (
            "container_port = 80",
            "5: source.container_port: unknown key here; did you mean port, which belongs in [container]?",
        ),
        (
            "strategy = 'flip'",
            "5: source.strategy: unknown key here; did you mean strategy, which belongs at the top of the file,",
        ),
        (
            "[release]\ncertificate = ''",
            "6: release.certificate: unknown key here; did you mean certificate_arn, which belongs in [listener]?",
        ),
        (
            "[release]\nzzz = 1",
            "6: release.zzz: unknown key; [release] takes approvers, approval_topic_arn, watch, alarms,",
        ),
        ("[zzz.container]\nport = 1", "5: zzz: unknown key; the top of the file takes app, strategy, source,"),
        ('[release]\n"a\\nb" = 1', "6: release.'a\\nb': unknown key; [release] takes"),
        ('[release]\n"" = 1', "6: release.'': unknown key; [release] takes"),
    ],
)
def test_an_unknown_key_is_told_with_the_nearest_known(mistakes, minimal, rest, told):
    (line,) = mistakes(minimal + rest)
    assert line.startswith(told)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (
            "strategy = 'flip'\n",
            [
                '1: app: missing; add it at the top of the file, before the first [table], such as app = "greeter"',
                '1: source: this table is missing; add [source] with repository = "acme/greeter"',
            ],
        ),
        (
            "app = 'greeter'\n\n[source]\nprovider = 's3'\n",
            ['3: source.repository: missing; add it in [source], such as repository = "acme/greeter"'],
        ),
        (
            "app = 'greeter'\nsource = {}\n",
            ['2: source.repository: missing; add it in [source], such as repository = "acme/greeter"'],
        ),
        (
            "app = 'greeter'\n\nsource.provider = 's3'\n",
            ['3: source.repository: missing; add it in [source], such as repository = "acme/greeter"'],
        ),
    ],
)
def test_a_missing_key_is_told_with_its_table_and_an_example(mistakes, document, told):
    assert [line for line in mistakes(document) if "connection_arn" not in line] == told

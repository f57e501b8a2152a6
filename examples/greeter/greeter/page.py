"""The page that people see."""

import html
from string import Template

from greeter.version import Version

PAGE = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Greeter $version</title>
<style>
  :root { --blue: #1d4ed8; --green: #15803d; --red: #b91c1c; --side: var(--$colour, #374151); }
  * { box-sizing: border-box; margin: 0; }
  body { min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; color: #fff;
         font: 1.125rem/1.6 system-ui, sans-serif; background: var(--side);
         background: linear-gradient(150deg, var(--side), color-mix(in srgb, var(--side), #000 55%)); }
  main { width: min(34rem, 100%); text-align: center; }
  .version { display: inline-block; padding: .2rem 1rem; border-radius: 99rem; background: #fff; color: var(--side);
             font-weight: 700; letter-spacing: .04em; }
  h1 { margin: 1.25rem 0 .5rem; font-size: clamp(2.25rem, 8vw, 3.75rem); line-height: 1.1; overflow-wrap: anywhere; }
  form { display: flex; gap: .5rem; margin: 2rem 0; }
  input, button { font: inherit; padding: .6rem 1rem; border: 0; border-radius: .6rem; }
  input { flex: 1; min-width: 0; }
  button { background: #ffffff2e; color: #fff; cursor: pointer; }
  small { opacity: .8; overflow-wrap: anywhere; }
</style>
</head>
<body>
<main>
  <span class="version">$version &middot; $colour</span>
  <h1>Hello, $name!</h1>
  <form>
    <input name="name" value="$name" maxlength="80" aria-label="Your name">
    <button>Greet me</button>
  </form>
  <small>Served by $instance</small>
</main>
</body>
</html>
""")


def page(version: Version, name: str, instance: str) -> str:
    """Render the page. Everything is escaped: the name comes from whoever wrote the link."""
    shown = {"version": version.version, "colour": version.colour, "name": name, "instance": instance}
    return PAGE.substitute({key: html.escape(value) for key, value in shown.items()})

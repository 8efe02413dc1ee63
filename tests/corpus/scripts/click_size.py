import click
from click.testing import CliRunner


@click.group()
def cli():
    click.echo("start")


@cli.command()
@click.argument("n", type=int)
def double(n):
    click.echo(n * 2)
    return n * 2


@cli.resultcallback()
def done(value):
    click.echo("done %r" % value)


result = CliRunner().invoke(cli, ["double", "21"])
print(result.exit_code)
print(result.output)

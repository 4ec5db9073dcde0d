"""`robust-mlp demo`: the package's main job on generated traps and on real tables."""


def register(commands):
    """Add the command to the parser's subcommands."""
    parser = commands.add_parser(
        "demo",
        help="show what the classifier does where networks collapse",
        description="Run the two founding traps and three real tables against the class prior and other networks.",
    )
    parser.add_argument("--full", action="store_true", help="the first trap with all its 269,501 rows")
    parser.set_defaults(run=run)


def run(arguments):
    """Run the demonstration; return its exit code."""
    from robust_mlp.demo import main

    return main(full=arguments.full)

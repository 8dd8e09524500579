"""``python -m notify_push``: the umbrella command."""

from notify_push.cli import main

if __name__ == "__main__":
    main()

"""``python -m nextcloud_push``: the umbrella command."""

from nextcloud_push.commands import main

if __name__ == "__main__":
    main()

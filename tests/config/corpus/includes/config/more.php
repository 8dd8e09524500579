<?php return ['overwrite.cli.url' => 'https://included'];

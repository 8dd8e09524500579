<?php
$CONFIG = ['overwrite.cli.url' => 'http://localhost'];

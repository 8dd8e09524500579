<?php
$CONFIG = ['instanceid' => 'oc', 'overwrite.cli.url' => 'http://localhost'];

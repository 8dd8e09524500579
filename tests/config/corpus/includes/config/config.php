<?php
$CONFIG = require __DIR__ . '/base.php';
if (is_file(__DIR__ . '/local.php')) {
    include __DIR__ . '/local.php';
}
@include 'missing.php';
$CONFIG = array_merge($CONFIG, (include 'more.php') ?: []);

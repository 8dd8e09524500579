<?php
$CONFIG = array('a' => TRUE, 'b' => False, 'c' => NULL, 'd' => PHP_VERSION_ID >= 80000,
     'e' => M_PI, 'f' => E_ALL, 'g' => E_ALL & ~E_NOTICE, 'h' => PHP_INT_SIZE,
     'i'=>PHP_FLOAT_EPSILON, 'j'=>JSON_PRETTY_PRINT|JSON_UNESCAPED_SLASHES, 'k'=>LOCK_EX,
     'l'=>SORT_STRING, 'm'=>INF==INF,'n'=>LC_ALL,'o'=>LOG_ERR,'p'=>PREG_SPLIT_NO_EMPTY,
    'q'=>ENT_QUOTES, 'r'=>E_STRICT);

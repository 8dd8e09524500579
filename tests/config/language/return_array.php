<?php
$CONFIG=['a'=>1];
return $CONFIG;
$CONFIG=['a'=>2];

<?php
return;
$CONFIG=['a'=>1];

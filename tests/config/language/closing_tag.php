<?php
$CONFIG=['a'=>1]; ?>
text <?= $CONFIG['a'] ?> more
<?php $CONFIG['b']=2 ?>
tail

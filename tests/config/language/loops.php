<?php
for($i=0;$i<5;$i++){ if($i==1) continue; if($i==4) break; $CONFIG[]=$i; }
$j=0;
while(true){ if(++$j>3) break; switch($j){case 1: $CONFIG['s'][]='one'; case 2: $CONFIG['s'][]='two';
    break; default: $CONFIG['s'][]='d'; continue 2;} $CONFIG['s'][]='after'; }
do { $CONFIG['do']=1; } while(false);

<?php
switch ('1') { case 1: $CONFIG['a']='int'; break; default: $CONFIG['a']='def';
    }
switch (true) { case getenv('NOPE'): $CONFIG['b']=1; break; default: $CONFIG['b']=2;
    case 5: $CONFIG['b2']=3; }
switch(3): case 3: $CONFIG['c']=3;
endswitch;
$i=0;
while($i<3): $i++;
if($i==2) continue;
$CONFIG['w'][]=$i;
endwhile;
for($i=0,$j=10;$i<$j;$i+=3,$j--);
$CONFIG['ij']=[$i,$j];
for(;;){break;}
foreach([1,2] as $a) foreach([3,4] as $b){ if($b==4) continue 2; $CONFIG['n'][]="$a$b";
    }

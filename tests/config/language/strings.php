<?php
$x='world'; $y=['k'=>'v','n'=>[1,2],3=>'three']; $o=new stdClass; $o->p='prop'; $CONFIG['a']="hi $x {$x} ${x} $y[k] {$y['k']} {$y['n'][1]} $y[3] $o->p {$o->p} \$x \\ \x41 \101 \u{1F600} \e \q"; $CONFIG['b']='a\'b\\c\n'; $CONFIG['c']=<<<"X"
  a $x
    b
   {$y['k']}\t\"q\"

  c
  X; $CONFIG['d']=<<<'Y'
 a $x \n
  b
 Y; $CONFIG['e']=<<<Z
Z; $CONFIG['f']=<<<Z

x
Z;

<?php
$CONFIG=['count'=>[count([1,[2,3]]),count([1,[2,3]],COUNT_RECURSIVE)], 'walk'=>[]];
$w=['a'=>1,'b'=>2];
array_walk($w,function($v,$k,$extra) use(&$CONFIG){ $CONFIG['walk'][]="$k$v$extra";
    },'!');
array_walk($w,function(&$v){ $v*=10; });
$CONFIG['w']=$w;
$CONFIG['reduce']=array_reduce([1,2,3],fn($c,$i)=>$c+$i,10);
$CONFIG['both']=array_filter(['a'=>1,'b'=>2],fn($v,$k)=>$k=='b'&&$v==2,ARRAY_FILTER_USE_BOTH);
$CONFIG['zip']=array_map(null,[1,2],['a','b']);
$CONFIG['same']=array_map(null,[1,2]);
$CONFIG['strict']=[in_array('1',[1],true),array_search('x',['y']),array_keys([1,
    '1',true],1,true)];
$o=(object)['p'=>1];
$CONFIG['exists']=[array_key_exists('x',['x'=>null]),key_exists(1,[1]),property_exists($o,
    'p'),array_key_first([]),array_key_last([])];
$CONFIG['first']=[current([7,8]),end($w),reset($w),current([])];
$CONFIG['uniq']=array_unique([1,'1',2,2.0,[3],[3]],SORT_REGULAR);
$CONFIG['column']=array_column([['id'=>3,'v'=>'a'],['v'=>'b'],5,(object)['v'=>'c']],
    'v');
$CONFIG['columns']=array_column([['id'=>3,'v'=>'a']],null,'id');
$CONFIG['case']=[array_change_key_case(['Ab'=>1,5=>2]),array_change_key_case(['Ab'=>1],
    CASE_UPPER)];
$CONFIG['counts']=array_count_values(['a','b','a',1,'1']);
$CONFIG['pad']=[array_pad([1],-3,0),array_pad([1],1,0)];
$CONFIG['product']=[array_product(['2',3]),array_product([]),array_sum(['a'=>1.5,
    'b'=>'2x'])];
$CONFIG['chunk']=array_chunk(['a'=>1,'b'=>2,'c'=>3],2,true);
$CONFIG['intersect']=[array_intersect(['a'=>'g','r'],['g','b']),array_diff_key(['a'=>1,
    'b'=>2],['a'=>9])];
$CONFIG['reverse']=array_reverse([1,2,'k'=>3],true);
$CONFIG['slice']=[array_slice([1,2,3,4],1,-1),array_slice([1,2,3,4],-2,1,true),
    array_slice([1,2],5)];
$CONFIG['list']=[array_is_list([1,2]),array_is_list([1=>1])];
$CONFIG['range']=[range('c','a'),range(0,10,5),range(3,1),range('1','3'),range(0.5,
    2)];

<?php
$x = "y";
$CONFIG["a"] = <<<EOT
  one $x
    two
  EOT;
$CONFIG["b"] = <<<'EOT'
one

EOT;
$CONFIG["c"] = "p
q";

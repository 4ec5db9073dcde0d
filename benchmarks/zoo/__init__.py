"""The collapse zoo: tables, ways to ruin a training, rivals, and the figures that come out of them."""
